import {
  AdapterFusionError,
  definePlugin,
  type Dataset,
  type DatasetSource,
  type Example,
} from '@adapterfusion/contracts';
import { inferLabels, stratifiedSplit } from '@adapterfusion/data';
import { findFiles } from './layout.js';
import { filesOptions, type FilesOptions } from './options.js';
import { examplesOf, readFile } from './read.js';

/**
 * TSV, CSV or JSONL files of one's own. The source is a file, or a folder with `train`, `validation` and `test`. Rows for
 * validation are cut from the training rows, seeded and stratified, where no file has them.
 *
 * `create` needs label names: give `labels`, or let {@link inferFiles} read them.
 */
export const files = definePlugin<'dataset', FilesOptions>({
  kind: 'dataset',
  id: 'files',
  packageName: '@adapterfusion/dataset-files',
  packageVersion: '0.1.0',
  supports: { streaming: false },
  options: filesOptions,
  create: openFiles,
});

/**
 * Reads the source once and completes the options: columns that were not named, and the labels of the training file.
 * @param source a file or a folder
 * @param given options as for {@link files}
 * @returns options to give to {@link files}, and to keep: they no longer depend on the data
 * @throws DATA_INVALID, FILE_NOT_FOUND, OPTIONS_INVALID
 */
export async function inferFiles(source: DatasetSource, given: Partial<FilesOptions> = {}): Promise<FilesOptions> {
  const options = filesOptions(given);
  const { train } = await findFiles(source, options);
  const file = await readFile(train, source, options);
  const { text, pair = false, label } = file.columns;
  const { labelMap } = options;
  const labels =
    options.labels ?? (labelMap ? [...new Set(Object.values(labelMap))] : inferLabels(file.rows, label, file.at));
  return filesOptions({ ...options, text, pair, label, labels });
}

function openFiles(options: FilesOptions): Dataset {
  const { labels, labelMap, validation, test, seed } = options;
  if (labels === null)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'files.labels',
      expected: 'label names',
      got: 'null',
      fix: 'Give labels, or complete the options with inferFiles(source, options).',
    });
  if (validation + test >= 1)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'files.validation',
      expected: 'shares of validation and test that leave rows for training',
      got: `${validation} and ${test}`,
      fix: 'Make their sum smaller than 1.',
    });
  const stranger = Object.values(labelMap ?? {}).find((name) => !labels.includes(name));
  if (stranger !== undefined)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'files.labelMap',
      expected: `names out of labels: ${labels.join(', ')}`,
      got: JSON.stringify(stranger),
      fix: 'Add the name to labels, or correct the map.',
    });
  const read = async (name: string, source: DatasetSource) =>
    examplesOf(await readFile(name, source, options), options, labels);
  return {
    task: { type: 'classification', labels },
    metrics: ['accuracy', 'macro-f1'],
    licence: 'not stated',
    async splits(source) {
      const layout = await findFiles(source, options);
      return [
        'train' as const,
        ...(layout.validation !== undefined || validation > 0 ? ['validation' as const] : []),
        ...(layout.test !== undefined || (test > 0 && isWhole(layout)) ? ['test' as const] : []),
      ];
    },
    async *examples(split, source) {
      const layout = await findFiles(source, options);
      const own = layout[split];
      if (own !== undefined && split !== 'train') return yield* await read(own, source);
      const rows = await read(layout.train, source);
      const shares = {
        validation: layout.validation === undefined ? validation : 0,
        test: isWhole(layout) ? test : 0,
        seed,
      };
      yield* pick(
        rows,
        stratifiedSplit(
          rows.map(({ label }) => label!),
          shares,
          source.describe(layout.train),
        )[split],
      );
    },
  };
}

/** True where all rows are in one file. */
function isWhole(layout: { readonly validation?: string; readonly test?: string }): boolean {
  return layout.validation === undefined && layout.test === undefined;
}

function pick(rows: readonly Example[], indices: readonly number[]): Example[] {
  return indices.map((index) => rows[index]!);
}

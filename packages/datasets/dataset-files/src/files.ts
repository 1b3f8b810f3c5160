import {
  AdapterFusionError,
  definePlugin,
  type Dataset,
  type DatasetSource,
  type Example,
} from '@adapterfusion/contracts';
import { columnsOf, inferLabels, stratifiedSplit, toExamples } from '@adapterfusion/data';
import { chooseColumns } from './columns.js';
import { findParts, type Part } from './layout.js';
import { filesOptions, type FilesOptions } from './options.js';
import { openPart } from './read.js';

/**
 * Files of one's own: TSV, CSV, JSON lines, a JSON list, any of them packed with gzip, or Parquet; or a text a file, in a
 * folder for each label. The source is a file, or a folder with `train`, `validation` and `test`. Rows for validation are
 * cut from the training rows, seeded and stratified, where no file has them.
 *
 * `create` needs label names: give `labels`, or let {@link inferFiles} read them.
 */
export const files = definePlugin<'dataset', FilesOptions>({
  kind: 'dataset',
  id: 'files',
  packageName: '@adapterfusion/dataset-files',
  packageVersion: '0.1.0',
  supports: { streaming: true },
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
  const { train } = await findParts(source, options);
  const { rows, found, at } = await openPart(train, source, options);
  const { text, pair = false, label } = chooseColumns(options, found, at);
  const { labelMap } = options;
  const labels =
    options.labels ?? (labelMap ? [...new Set(Object.values(labelMap))] : await inferLabels(rows([label]), label, at));
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
  const read = async function* (part: Part, source: DatasetSource): AsyncGenerator<Example> {
    const { rows, found, at } = await openPart(part, source, options);
    const { id } = options;
    const optional = { ...(labelMap === null ? {} : { labelMap }), ...(id === null ? {} : { id }) };
    const columns = { ...chooseColumns(options, found, at), ...optional, labels };
    yield* toExamples(rows(columnsOf(columns)), columns);
  };
  return {
    task: { type: 'classification', labels },
    metrics: ['accuracy', 'macro-f1'],
    licence: 'not stated',
    async splits(source) {
      const layout = await findParts(source, options);
      return [
        'train' as const,
        ...(layout.validation !== undefined || validation > 0 ? ['validation' as const] : []),
        ...(layout.test !== undefined || (test > 0 && isWhole(layout)) ? ['test' as const] : []),
      ];
    },
    async *examples(split, source) {
      const layout = await findParts(source, options);
      const own = layout[split];
      if (own !== undefined && split !== 'train') {
        yield* read(own, source);
        return;
      }
      const shares = {
        validation: layout.validation === undefined ? validation : 0,
        test: isWhole(layout) ? test : 0,
        seed,
      };
      if (shares.validation === 0 && shares.test === 0) {
        if (split === 'train') yield* read(layout.train, source);
        return;
      }
      const given: number[] = [];
      for await (const { label } of read(layout.train, source)) given.push(label!);
      const at = source.describe('file' in layout.train ? layout.train.file : layout.train.folder);
      yield* pick(read(layout.train, source), stratifiedSplit(given, shares, at)[split]);
    },
  };
}

/** True where all rows are in one place. */
function isWhole(layout: { readonly validation?: Part; readonly test?: Part }): boolean {
  return layout.validation === undefined && layout.test === undefined;
}

/** @param indices ascending */
async function* pick(rows: AsyncIterable<Example>, indices: readonly number[]): AsyncGenerator<Example> {
  let [row, next] = [0, 0];
  for await (const example of rows) {
    if (row++ !== indices[next]) continue;
    yield example;
    next++;
  }
}

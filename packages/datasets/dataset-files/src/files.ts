import {
  AdapterFusionError,
  definePlugin,
  type Dataset,
  type DatasetSource,
  type Example,
  type Fields,
  type TextExample,
} from '@adapterfusion/contracts';
import { columnsOf, stratifiedSplit, toExamples } from '@adapterfusion/data';
import { chooseColumns } from './columns.js';
import { inferMeaning } from './infer-labels.js';
import { findParts, type Part } from './layout.js';
import { filesOptions, readsFields, validationShare, type FilesOptions } from './options.js';
import { openFields, openPart } from './read.js';

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
  if (readsFields(options)) return options;
  const { train } = await findParts(source, options);
  const { rows, found, at } = await openPart(train, source, options);
  const { text, pair = false, label } = chooseColumns(options, found, at);
  const meaning = await inferMeaning(options, () => rows([label]), label, at);
  return filesOptions({ ...options, text, pair: options.choices ? false : pair, label, ...meaning });
}

function openFiles(options: FilesOptions): Dataset {
  if (readsFields(options)) return fieldFiles(options);
  const { labelMap, choices } = options;
  const regression = options.task === 'regression';
  const labels = regression ? [] : options.labels;
  if (labels === null || (regression && options.range === null))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: regression ? 'files.range' : 'files.labels',
      expected: regression ? 'the smallest and the largest number' : 'label names',
      got: 'null',
      fix: 'Give them, or complete the options with inferFiles(source, options).',
    });
  if (choices && labels.length !== choices.length)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'files.labels',
      expected: `what the file calls each of the ${choices.length} choices, in their order`,
      got: labels.join(', '),
      fix: 'Name them all with the option labels: some may not occur in the training rows.',
    });
  const stranger = Object.values(labelMap ?? {}).find((name) => !labels.includes(name));
  if (stranger !== undefined)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'files.labelMap',
      expected: `names out of labels: ${labels.join(', ')}`,
      got: JSON.stringify(stranger),
      fix: 'Add the name to labels, or correct the map.',
    });
  const read = async function* (part: Part, source: DatasetSource): AsyncGenerator<TextExample> {
    const { rows, found, at } = await openPart(part, source, options);
    const { id } = options;
    const optional = {
      ...(labelMap === null ? {} : { labelMap }),
      ...(id === null ? {} : { id }),
      ...(choices === null ? {} : { choices }),
      ...(regression ? { range: { min: -Infinity, max: Infinity } } : {}),
    };
    const columns = { ...chooseColumns(options, found, at), ...optional, labels };
    yield* toExamples(rows(columnsOf(columns)), columns);
  };
  const classes = !regression && !choices;
  return {
    ...meaningOf(options, labels),
    licence: 'not stated',
    ...splitsOf(options, read, ({ label }) => (classes ? label! : 0)),
  };
}

/** Files of a kind of task that parses fields. */
function fieldFiles(options: FilesOptions): Dataset {
  const { task, labels } = options;
  const columns = Object.entries(options.columns ?? {});
  return {
    task: { ...options.taskOptions, type: task, ...(labels === null ? {} : { labels }) },
    metrics: [],
    licence: 'not stated',
    ...splitsOf(
      options,
      async function* (part, source) {
        const { rows } = await openFields(part, source, options);
        for await (const { at, fields } of rows())
          yield { ...fields, ...Object.fromEntries(columns.map(([field, column]) => [field, fields[column]])), at };
      },
      () => 0,
    ),
  };
}

/**
 * The splits of files; those without a file are cut from the training rows.
 * @param read reads the rows of a part
 * @param stratum of a row, for the cut
 * @throws OPTIONS_INVALID for shares that leave nothing to train on
 */
function splitsOf<E extends Example>(
  options: FilesOptions,
  read: (part: Part, source: DatasetSource) => AsyncIterable<E>,
  stratum: (row: E) => number,
): Pick<Dataset<E>, 'splits' | 'examples'> {
  const { test, seed } = options;
  const usual = validationShare(options, 0);
  if (usual + test >= 1)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'files.validation',
      expected: 'shares of validation and test that leave rows for training',
      got: `${usual} and ${test}`,
      fix: 'Make their sum smaller than 1.',
    });
  return {
    async splits(source) {
      const layout = await findParts(source, options);
      return [
        'train' as const,
        ...(layout.validation !== undefined || usual > 0 ? ['validation' as const] : []),
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
      const apart = { validation: layout.validation === undefined && usual > 0, test: isWhole(layout) && test > 0 };
      if (!apart.validation && !apart.test) {
        if (split === 'train') yield* read(layout.train, source);
        return;
      }
      const given: number[] = [];
      for await (const row of read(layout.train, source)) given.push(stratum(row));
      const shares = {
        validation: apart.validation ? validationShare(options, given.length) : 0,
        test: apart.test ? test : 0,
        seed,
      };
      const at = source.describe('file' in layout.train ? layout.train.file : layout.train.folder);
      yield* pick(read(layout.train, source), stratifiedSplit(given, shares, at)[split]);
    },
  };
}

function meaningOf(
  { choices, task, range }: FilesOptions,
  labels: readonly string[],
): Pick<Dataset, 'task' | 'metrics'> {
  if (choices) return { task: { type: 'multiple-choice' }, metrics: ['accuracy'] };
  if (task !== 'regression')
    return { task: { type: 'text-classification', labels }, metrics: ['accuracy', 'macro-f1'] };
  const [min, max] = range!;
  return { task: { type: 'regression', min, max }, metrics: ['pearson', 'spearman'] };
}

/** The columns of a source's training rows and the first of these, as they are written. */
export interface FilesPeek {
  readonly columns: readonly string[];
  readonly first: readonly Fields[];
}

/**
 * Looks at the beginning of the training rows.
 * @throws DATA_INVALID, FILE_NOT_FOUND, OPTIONS_INVALID
 */
export async function peekFiles(source: DatasetSource, given: Partial<FilesOptions> = {}): Promise<FilesPeek> {
  const options = filesOptions(given);
  const { train } = await findParts(source, options);
  const { rows, found: columns } = await openFields(train, source, options);
  const first: Fields[] = [];
  for await (const { fields } of rows()) if (first.push(fields) === PEEKED) break;
  return { columns, first };
}

const PEEKED = 20;

/** True where all rows are in one place. */
function isWhole(layout: { readonly validation?: Part; readonly test?: Part }): boolean {
  return layout.validation === undefined && layout.test === undefined;
}

/** @param indices ascending */
async function* pick<E>(rows: AsyncIterable<E>, indices: readonly number[]): AsyncGenerator<E> {
  let [row, next] = [0, 0];
  for await (const example of rows) {
    if (row++ !== indices[next]) continue;
    yield example;
    next++;
  }
}

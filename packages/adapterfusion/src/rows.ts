import {
  AdapterFusionError,
  type AnyConfigured,
  type Dataset,
  type DatasetSource,
  type Example,
  type Files,
  type Split,
} from '@adapterfusion/contracts';
import { collect } from '@adapterfusion/data';
import { inferFiles } from '@adapterfusion/dataset-files';
import { fileSource, parseMethod, type Registry } from '@adapterfusion/runtime';
import type { Tokenizer } from '@adapterfusion/text';
import type { TrainingRow } from '@adapterfusion/training';
import type { CommonOptions, DataOptions } from './options.js';
import { pause } from './pause.js';

/** A task's data, opened. */
export interface OpenData {
  readonly dataset: Dataset;
  readonly source: DatasetSource;
  /** Names of the labels in order. */
  readonly labels: readonly string[];
  /** What to call it in records: the task's id, or the path. */
  readonly name: string;
}

/**
 * Finds a task by id, or takes a path as data of one's own.
 * @throws PLUGIN_MISSING, FILE_NOT_FOUND, OPTIONS_INVALID, DATA_INVALID
 */
export async function openData(options: DataOptions, files: Files, registry: Registry): Promise<OpenData> {
  const { data, dataDir } = options;
  const path = dataDir ?? (typeof data === 'string' ? data : undefined);
  if (path === undefined)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'dataDir',
      expected: 'the folder that holds the data',
      got: 'nothing',
      fix: 'Name it.',
    });
  const source = fileSource(files, path);
  const configured = typeof data === 'string' ? await find(options, data, source, files, registry) : data;
  const dataset = configured.create({});
  const { task } = dataset;
  if (task.type !== 'classification')
    throw new AdapterFusionError('UNSUPPORTED', {
      at: path,
      expected: 'a classification task',
      got: task.type,
      fix: 'Use a task with labels.',
    });
  return { dataset, source, labels: task.labels, name: typeof data === 'string' ? data : configured.plugin.id };
}

/** A task by id, or the path of one's own files, whose columns and labels are read from them. */
async function find(
  { dataDir, dataOptions }: DataOptions,
  data: string,
  source: DatasetSource,
  files: Files,
  registry: Registry,
): Promise<AnyConfigured<'dataset'>> {
  const { name } = parseMethod(data);
  const tasks = registry.list('dataset').filter(({ id }) => id !== 'files');
  const known = tasks.some(({ id, aliases }) => id === name || aliases?.includes(name));
  const there = (await files.kind(data)) !== undefined;
  const path = there || /[./\\]/.test(data);
  if (known && dataDir === undefined && !there)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'dataDir',
      expected: `the folder that holds the files of the task "${name}"`,
      got: 'nothing',
      fix: 'Name it (--data-dir).',
    });
  if (known || !path) return registry.configure('dataset', data, dataOptions);
  return registry.configure('dataset', 'files', await inferFiles(source, dataOptions));
}

/** Tokenizes a split. @throws what the dataset throws; ABORTED */
export async function tokenize(
  data: OpenData,
  split: Split,
  tokenizer: Tokenizer,
  maxLength: number,
  options: Pick<CommonOptions, 'onProgress' | 'onWarning' | 'signal'>,
): Promise<{ rows: TrainingRow[]; examples: Example[] }> {
  const examples = await collect(data.dataset, split, data.source);
  let cut = 0;
  const rows: TrainingRow[] = [];
  for (const [index, { text, pair, label, at }] of examples.entries()) {
    if (index % 512 === 0) await pause(options.signal, data.name);
    if (label === undefined)
      throw new AdapterFusionError('DATA_INVALID', {
        ...(at === undefined ? {} : { at }),
        expected: 'a label',
        got: 'none',
        fix: 'Name the column with --label, or remove the row.',
      });
    const { ids, types, truncated } = tokenizer.encode(text, pair, { maxLength });
    if (truncated) cut++;
    rows.push({ ids, types, label, ...(at === undefined ? {} : { at }) });
    if (index % 512 === 511 || index === examples.length - 1)
      options.onProgress?.({ stage: 'tokenize', done: index + 1, total: examples.length });
  }
  if (cut > 0)
    options.onWarning?.(`${data.name}: ${cut} of ${rows.length} rows in "${split}" cut to ${maxLength} tokens.`);
  return { rows, examples };
}

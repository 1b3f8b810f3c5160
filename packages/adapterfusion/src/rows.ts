import {
  AdapterFusionError,
  type AnyConfigured,
  type AnyPlugin,
  type AnyTaskKind,
  type Dataset,
  type DatasetSource,
  type Example,
  type Fields,
  type Files,
  type Split,
} from '@adapterfusion/contracts';
import { collect, memorySource } from '@adapterfusion/data';
import { inferFiles } from '@adapterfusion/dataset-files';
import { headlineMetric } from '@adapterfusion/metrics';
import { configuredOf, fileSource, parseMethod, type Registry } from '@adapterfusion/runtime';
import type { Tokenizer } from '@adapterfusion/text';
import type { TrainingRow } from '@adapterfusion/training';
import type { MeasuredSplit } from './events.js';
import { dataPlace } from './from-hub.js';
import type { CommonOptions, DataOptions } from './options.js';
import { withKindHint } from './kind-hints.js';
import { encodeExample, isTruncated, parseRow } from './kind-rows.js';
import { areRows, openRows, ROWS } from './memory-rows.js';
import { createKind, openKind } from './open-kind.js';
import { labelsOf, withKind } from './own-kind.js';
import { pause } from './pause.js';
import { TokenCounter, tokenWarnings, type TokenCounts } from './unknown-tokens.js';

/** A task's data, opened. */
export interface OpenData {
  readonly plugin: AnyPlugin<'dataset'>;
  readonly dataset: Dataset;
  readonly source: DatasetSource;
  readonly registry: Registry;
  readonly task: AnyConfigured<'task'>;
  readonly kind: AnyTaskKind;
  /** Whether a target is the index of one label. */
  readonly singleLabel: boolean;
  /** Names of the labels in order; none for a kind without labels. */
  readonly labels: readonly string[];
  /** What to call it in records: the task's id, or the path. */
  readonly name: string;
  /** Names of the metrics; the one that was asked for comes first. */
  readonly metrics: readonly string[];
  /** The metric that was asked for. */
  readonly metric?: string;
}

/**
 * Finds a task by id, or takes a path as data of one's own. A task whose rows come with a package needs no folder where
 * packages can be found.
 * @throws PLUGIN_MISSING, FILE_NOT_FOUND, OPTIONS_INVALID, DATA_INVALID; HUB_… for an address of the hub
 */
export async function openData(
  options: DataOptions & Pick<CommonOptions, 'onProgress' | 'onWarning' | 'signal'>,
  files: Files,
  registry: Registry,
): Promise<OpenData> {
  const { dataOptions } = options;
  const data = typeof options.data === 'string' ? await dataPlace(options.data, files, options) : options.data;
  const dataDir = options.dataDir === undefined ? undefined : await dataPlace(options.dataDir, files, options);
  const own = typeof data === 'string' && (await isPath(data, files, registry));
  const ownOptions = async (place: DatasetSource) => inferFiles(place, await withKind(place, dataOptions, registry));
  const configure = async (task: string): Promise<AnyConfigured<'dataset'>> =>
    own
      ? registry.load('dataset', 'files', await ownOptions(fileSource(files, dataDir ?? task)))
      : withHint(files, task, () => registry.load('dataset', task, dataOptions));
  const held = areRows(data) ? await openRows(data, dataOptions, registry) : undefined;
  const configured =
    held?.configured ?? (typeof data === 'string' ? await configure(data) : configuredOf('dataset', data));
  const name = held ? ROWS : typeof options.data === 'string' ? options.data : configured.plugin.id;
  const dataset = configured.create({});
  const open = async (): Promise<DatasetSource> => {
    if (dataset.sourceless) return memorySource(new Map(), name);
    const path = dataDir ?? (own ? data : await homeOf(dataset, configured.plugin.packageName, name, files));
    return fileSource(files, path);
  };
  const source = held?.source ?? (await open());
  const { task, kind: declared } = await openKind(registry, dataset.task);
  const unnamed = declared.labelsIn !== undefined && dataset.task.labels === undefined;
  const kind = unnamed ? createKind(task, await labelsOf(declared, dataset, source, name)) : declared;
  const { labels } = kind;
  const singleLabel = task.plugin.supports.singleLabel ?? false;
  const { metric } = options;
  if (metric !== undefined) checkMetric(metric, kind);
  const metrics = dataset.metrics.length > 0 ? dataset.metrics : kind.metrics.map((each) => each.name);
  return {
    ...{ plugin: configured.plugin, dataset, registry, task, kind, singleLabel, source, labels, name },
    metrics: [...new Set([...(metric === undefined ? [] : [metric]), ...metrics])],
    ...(metric === undefined ? {} : { metric }),
  };
}

/** Options that a known task refuses may be meant for a folder or file of one's own that has its name: the error says so. */
async function withHint<T>(files: Files, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!AdapterFusionError.is(error) || error.code !== 'OPTIONS_INVALID') throw error;
    const kind = await files.kind(name);
    if (kind === undefined) throw error;
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: name,
      expected: `options of the task "${name}", which this ${kind} has the name of`,
      got: error.message,
      fix: `For your own ${kind} write ./${name}.`,
      cause: error,
    });
  }
}

/** @throws OPTIONS_INVALID for a metric that is none of this kind of task */
function checkMetric(metric: string, { metrics }: AnyTaskKind): void {
  const fitting = metrics.map(({ name }) => name).sort();
  if (fitting.includes(metric)) return;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'metric',
    expected: `one of ${fitting.join(', ')}`,
    got: JSON.stringify(metric),
    fix: 'Choose one of them (--metric).',
  });
}

/** The metric that results of a task of single labels are compared by. @param rows class of each training row */
export const classMetric = ({ labels, metric }: OpenData, rows: readonly number[]): string =>
  metric ?? headlineMetric(rows, labels.length);

/** Whether `data` is the path of one's own files: no known task, and there or written like a path. */
export async function isPath(data: string, files: Files, registry: Registry): Promise<boolean> {
  const { name } = parseMethod(data);
  if (name !== 'files' && registry.has('dataset', name)) return false;
  return /[./\\]/.test(data) || (await files.kind(data)) !== undefined;
}

/** Where a task's rows lie when nobody said it: in an installed package, or in a folder of the task's name. */
async function homeOf({ home }: Dataset, plugin: string, name: string, files: Files): Promise<string> {
  const folder = home && (await files.packageFolder?.(home.package, plugin));
  if (home && folder !== undefined) return files.join(folder, home.folder);
  if ((await files.kind(name)) !== undefined) return name;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'dataDir',
    expected: `the folder that holds the files of the task "${name}"`,
    got: 'nothing',
    fix: home ? `Name it (--data-dir), or install the package ${home.package}.` : 'Name it (--data-dir).',
  });
}

/** An example whose target is known. */
export interface Targeted {
  readonly example: Example;
  readonly target: unknown;
}

/** The examples of a split, all with targets. @throws what the dataset and its kind throw */
export async function targeted(data: OpenData, split: Split): Promise<Targeted[]> {
  const rows = await collect<Example>(data.dataset, split, data.source);
  const fieldsAt = (at = ''): Fields | undefined => rows.find((row) => row.at === at) as Fields | undefined;
  return withKindHint(data.task.plugin, data.registry, fieldsAt, () => rows.map((row) => withTarget(data, row)));
}

/** The examples of a split, one after the other, all with targets. @throws as {@link targeted}, but for a split without rows */
export async function* targetedRows(data: OpenData, split: Split): AsyncGenerator<Targeted> {
  for await (const row of data.dataset.examples(split, data.source) as AsyncIterable<Example>)
    yield withTarget(data, row);
}

/** A row of the dataset as an example. @throws DATA_INVALID, LABEL_UNKNOWN, PLUGIN_FAILED */
export const parsed = ({ kind, name }: Pick<OpenData, 'kind' | 'name'>, row: Example): Example =>
  parseRow(kind, row as Fields, row.at ?? name);

/** @throws DATA_INVALID for a row without a target */
function withTarget(data: OpenData, row: Example): Targeted {
  const example = parsed(data, row);
  const target = data.kind.target(example) as unknown;
  if (target !== undefined) return { example, target };
  throw new AdapterFusionError('DATA_INVALID', {
    ...(example.at === undefined ? {} : { at: example.at }),
    expected: 'a label',
    got: 'none',
    fix: "Name the column with --label, or with --data-option 'columns={…}', or remove the row.",
  });
}

/**
 * Tokenizes examples; warns of rows that were cut and of tokens that the encoder does not know.
 * @param split what to call them in warnings
 * @throws ABORTED
 */
export async function tokenize(
  examples: readonly Targeted[],
  { name, kind }: Pick<OpenData, 'name' | 'kind'>,
  split: MeasuredSplit,
  tokenizer: Tokenizer,
  maxLength: number,
  options: Pick<CommonOptions, 'onProgress' | 'onWarning' | 'signal'>,
): Promise<{ readonly rows: TrainingRow[]; readonly counts: TokenCounts }> {
  let cut = 0;
  const counter = new TokenCounter(tokenizer);
  const rows: TrainingRow[] = [];
  for (const [index, { example }] of examples.entries()) {
    if (index % 512 === 0) await pause(options.signal, name);
    const { at } = example;
    const encoded = encodeExample(kind, example, tokenizer, { maxLength, name });
    if (encoded.some(isTruncated)) cut++;
    for (const row of encoded) {
      counter.add(row);
      rows.push({ ...row, target: row.target, ...(at === undefined ? {} : { at }), example });
    }
    if (index % 512 === 511 || index === examples.length - 1)
      options.onProgress?.({ stage: 'tokenize', done: index + 1, total: examples.length });
  }
  if (cut > 0)
    options.onWarning?.(`${name}: ${cut} of ${examples.length} rows in "${split}" cut to ${maxLength} tokens.`);
  for (const warning of tokenWarnings(`${name}, "${split}"`, counter.counts)) options.onWarning?.(warning);
  return { rows, counts: counter.counts };
}

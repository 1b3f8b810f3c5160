import type { BackboneRecord, BundleKind, MetricRecord, SourceRecord } from '@adapterfusion/checkpoint';
import type { JsonValue, TrainEvent } from '@adapterfusion/contracts';
import { describeModel, packEncoder, writeBundle } from '@adapterfusion/runtime';
import { joinMetrics } from '@adapterfusion/training';
import type { ParameterCounts, SavedEvent } from './events.js';
import { startsFitted } from './head-start.js';
import { lastOf } from './names.js';
import type { CommonOptions, TrainingOptions } from './options.js';
import { runFolder } from './run.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/** What came out for a task. */
export interface Result {
  /** The task's, and its head's. */
  readonly name: string;
  readonly task: Task;
  readonly metrics: { readonly [name: string]: number };
  /** How many rows were measured. */
  readonly rows: number;
}

/** What was seen after each of several tasks that are learned one after another. */
export type Stage = Extract<TrainEvent, { type: 'stage' }>;

/** Where a bundle goes. */
export type Place = Pick<TrainingOptions, 'out' | 'overwrite'> & CommonOptions;

/** Writes the bundle, with the encoder where its kind is `model`; removes the run's checkpoints. */
export async function save(
  session: Session,
  kind: BundleKind,
  name: string,
  results: readonly Result[],
  options: Place,
  stages: readonly Stage[] = [],
): Promise<SavedEvent> {
  const { files, registry, model, sources } = session;
  const packed = kind === 'model' ? await packEncoder(model, session.settings) : undefined;
  const backbone = backboneOf(session);
  const described = await describeModel(model);
  const from = (part: string): { source?: SourceRecord } => {
    const source = sources.get(part);
    return source ? { source } : {};
  };
  const setup = {
    ...described,
    adapters: new Map([...described.adapters].map(([part, held]) => [part, { ...held, ...from(part) }])),
    kind,
    name,
    backbone: packed ? tuned(backbone, name, packed.fingerprint) : backbone,
    metrics: results.flatMap(metricRecords),
    training: trainingRecord(session, results, stages),
  };
  await writeBundle(files, options.out, setup, registry, {
    replace: options.overwrite ?? false,
    ...(packed ? { encoder: packed } : {}),
  });
  await files.remove(runFolder(options.out));
  const parameters = countsOf(session);
  const learned = parameters.adapters + parameters.fusions + parameters.heads;
  const stored = learned + (packed === undefined ? 0 : parameters.encoder);
  return { type: 'saved', path: options.out, kind, ...shown(results), stored, parameters };
}

/** How many parameters the parts of the model have. */
export function countsOf({ model }: Session): ParameterCounts {
  const count = (part: string): number => model.parameters.count((path) => path.startsWith(`${part}/`));
  const [adapters, fusions, heads] = [count('adapters'), count('fusions'), count('heads')];
  return { encoder: model.parameters.count() - adapters - fusions - heads, adapters, fusions, heads };
}

/** What a `saved` event says of results: metrics of one task as they are, of several with the tasks' names. */
export function shown(results: readonly Result[]): Pick<SavedEvent, 'metrics' | 'tasks'> {
  const tasks = results.map(({ name, task }) => ({ name, data: task.data.name, split: task.measured.split }));
  const [{ metrics }] = results as [Result];
  const joined = new Map(results.map((result) => [result.name, result.metrics]));
  return { tasks, metrics: results.length === 1 ? metrics : joinMetrics(joined) };
}

/** The metrics of a task as a bundle records them. The correlation of a constant is not a number: there is none to record. */
export function metricRecords({ task, metrics, rows }: Result): MetricRecord[] {
  const data = `${task.data.name}, ${task.measured.split}`;
  const found = Object.entries(metrics).filter(([, value]) => !Number.isNaN(value));
  return found.map(([name, value]) => ({ name, value, data, rows }));
}

/** How it was trained: strategy, data, settings, backend. */
export function trainingRecord(
  { backend, model }: Session,
  results: readonly Result[],
  stages: readonly Stage[] = [],
): { readonly [key: string]: JsonValue } {
  const { trainer, settings } = results[0]!.task;
  const options = trainer.options as { readonly [key: string]: JsonValue };
  const ofTask = ({ name, task: { data, train, available, fingerprint, headStart } }: Result) => ({
    data: data.name,
    licence: data.dataset.licence,
    trainRows: train.length,
    availableRows: available,
    trainRowsSha256: fingerprint,
    headStart: startsFitted({ ...(headStart ? { headStart } : {}) }, results[0]!.task, model.heads.get(name)!.instance)
      ? 'fitted'
      : 'random',
  });
  return {
    strategy: trainer.plugin.id,
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...(results.length === 1
      ? ofTask(results[0]!)
      : { tasks: results.map((result) => ({ name: result.name, ...ofTask(result) })) }),
    settings: { ...settings },
    backend: `${backend.name} ${backend.version}, ${backend.threads} threads`,
    ...(stages.length > 0 ? { stages: stages.map(({ type: _, ...stage }) => stage) } : {}),
  };
}

/** The encoder that was read, as a bundle names it. */
export function backboneOf({ encoder }: Session): BackboneRecord {
  return { ...encoder, id: portable(encoder.id) };
}

/** What a bundle says of an encoder that was made from another: no copy of what that one is, of no revision. */
export function tuned(from: BackboneRecord, name: string, fingerprint: string): BackboneRecord {
  return { ...standsOn(from, name, fingerprint), tunedFrom: { id: from.id, fingerprint: from.fingerprint! } };
}

/** What a bundle says of a tuned encoder that it stands on. */
export function standsOn(from: BackboneRecord, id: string, fingerprint: string): BackboneRecord {
  const { modelType, hidden, layers } = from;
  return { id, fingerprint, modelType, hidden, layers };
}

/** A path as a bundle names it: whoever gets the bundle has no use for a path of this machine. */
export const portable = (path: string): string => (/^([/\\]|[A-Za-z]:)/.test(path) ? lastOf(path) : path);

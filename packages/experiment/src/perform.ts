import { AdapterFusionError } from '@adapterfusion/contracts';
import { isBundle } from '@adapterfusion/runtime';
import {
  baseline,
  fuse,
  residentMemory,
  train,
  type CommonOptions,
  type Measured,
  type RunEvent,
  type SavedEvent,
} from 'adapterfusion';
import { EventLog } from './event-log.js';
import type { Plan, Run } from './plan.js';
import type { Course, RunRecord, TaskRecord, TaskResult } from './results.js';
import type { Store } from './store.js';

/** What runs tell and are told. */
export type Around = Pick<CommonOptions, 'signal' | 'onProgress' | 'onWarning'>;

/** What is told of these, where it is wanted. */
const told = ({ signal, onProgress, onWarning }: Around): Around => ({
  ...(signal ? { signal } : {}),
  ...(onProgress ? { onProgress } : {}),
  ...(onWarning ? { onWarning } : {}),
});

/**
 * Does a run whose sources and candidates are done; goes on where it was cut off.
 * @returns its record; undefined where the signal ended it
 * @throws whatever the run throws
 */
export async function* perform(
  plan: Plan,
  run: Run,
  store: Store,
  around: Around,
): AsyncGenerator<RunEvent, RunRecord | undefined, void> {
  const { file, access, surroundings } = plan;
  const { strategy, sources } = run;
  const { files, registry, path } = access;
  const { tasks, ...given } = run.options;
  const rate = await bestRate(plan, run, store);
  const settings = { ...given.settings, ...(rate === undefined ? {} : { learningRate: rate }) };
  const measured: Measured[] = [];
  const options = {
    headStart: 'random' as const,
    ...{ ...given, ...told(around), settings, files, registry, out: store.at(run, 'bundle'), overwrite: true },
    model: run.encoder ? store.at(run.encoder, 'bundle') : path(file.model),
    backend: surroundings.backend.name,
    onMeasured: (found: Measured): unknown => measured.push(found),
    onDamage: (warning: AdapterFusionError): void => around.onWarning?.(`${warning.code}: ${warning.message}`),
  };
  const { name, ...data } = tasks[0]!;
  const adapters = sources.map(
    (source) => `${source.name}=${'run' in source ? bundleOf(plan, source.run, source.name, store) : source.bundle}`,
  );
  if (strategy.kind === 'baseline') {
    const found = await baseline({ ...options, ...data, method: strategy.baseline!, adapters });
    const course = { trainable: found.trained, stored: found.trained, seconds: found.seconds, losses: [], history: [] };
    return recordOf(plan, run, [found.data], [found], measured, course);
  }
  const log = await EventLog.open(files, store.at(run, 'events'));
  const trainer = strategy.entry.trainer ?? strategy.name;
  const events =
    strategy.kind === 'fuse'
      ? fuse({ fusion: 'attention', ...options, ...data, name, adapters, compare: false })
      : train({ ...options, strategy: trainer, ...(strategy.several ? { data: tasks } : { ...data, name }) });
  const rows: Extract<RunEvent, { type: 'data' }>[] = [];
  const saved: SavedEvent[] = [];
  let [trainable, memory] = [0, 0];
  for await (const event of events) {
    await log.add(event);
    yield event;
    if (event.type === 'data') rows.push(event);
    if (event.type === 'step') memory = Math.max(memory, residentMemory() ?? 0);
    if (event.type === 'start') trainable = Math.max(trainable, event.trainable);
    if (event.type === 'saved') saved.push(event);
  }
  if (saved.length === 0) return undefined;
  await log.finish();
  const { seconds, losses, history, stages } = log;
  const stored = saved.reduce((sum, each) => sum + each.stored, 0);
  const course = { trainable, stored, parameters: saved[0]!.parameters, seconds, losses, history };
  const more = {
    ...(memory > 0 ? { memory } : {}),
    ...(rate === undefined ? {} : { learningRate: rate }),
    ...(stages.length > 0 ? { stages } : {}),
  };
  return recordOf(plan, run, rows, saved, measured, { ...course, ...more });
}

/** Metrics as they are told: of which tasks, unless of one alone. */
type Found = Pick<SavedEvent, 'metrics'> & Partial<Pick<SavedEvent, 'tasks'>>;

/** @param rows, measured one a task, in the order of the tasks */
function recordOf(
  { surroundings }: Plan,
  { options }: Run,
  rows: readonly Pick<Extract<RunEvent, { type: 'data' }>, 'train' | 'measured'>[],
  found: readonly Found[],
  measured: readonly Measured[],
  course: Course,
): RunRecord {
  const tasks: Record<string, TaskResult> = {};
  const truths: Record<string, TaskRecord> = {};
  for (const [index, { name }] of options.tasks.entries()) {
    const { split, labels, truth, predictions, seconds, attention } = measured[index]!;
    const { metrics } = surroundings.tasks.get(name)!;
    const counts = { train: rows[index]!.train, measured: rows[index]!.measured.rows };
    const values = metricsOf(found, name, metrics);
    tasks[name] = {
      ...{ metrics: values, split, rows: counts, predictions },
      ...(seconds === undefined ? {} : { millisecondsPerRow: (1000 * seconds) / counts.measured }),
      ...(attention ? { attention } : {}),
    };
    truths[name] = { labels, metrics, split, truth };
  }
  return { tasks, truths, ...course };
}

/** A task's metrics, which stand under its name where they are of several tasks. */
function metricsOf(found: readonly Found[], task: string, names: readonly string[]): Record<string, number> {
  const { metrics, tasks = [] } = found.find(({ tasks }) => tasks?.some(({ name }) => name === task)) ?? found[0]!;
  const key = (name: string): string => (tasks.length > 1 ? `${task}/${name}` : name);
  return Object.fromEntries(names.map((name) => [name, metrics[key(name)]!]));
}

/** The learning rate whose run was best on held-out training rows; the smallest of equal ones. */
async function bestRate({ surroundings }: Plan, { candidates }: Run, store: Store): Promise<number | undefined> {
  let best: { rate: number; score: number } | undefined;
  for (const candidate of [...candidates].sort((a, b) => rateOf(a) - rateOf(b))) {
    const { name } = candidate.options.tasks[0]!;
    const metric = surroundings.tasks.get(name)!.metrics[0]!;
    const score = (await store.record(candidate))?.tasks[name]?.metrics[metric];
    if (score === undefined) throw missing(candidate);
    if (!best || score > best.score) best = { rate: rateOf(candidate), score };
  }
  return best?.rate;
}

const rateOf = ({ options }: Run): number => options.settings.learningRate!;

const missing = ({ label }: Run): AdapterFusionError =>
  new AdapterFusionError('UNSUPPORTED', {
    at: label,
    expected: 'what this run needs',
    got: 'a run that failed',
    fix: 'See why it failed, and start again.',
  });

/** The folder of an adapter: adapters that are learned together have one each below the run's. */
function bundleOf({ access }: Plan, run: Run, name: string, store: Store): string {
  const folder = store.at(run, 'bundle');
  return run.strategy.several ? access.files.join(folder, name) : folder;
}

/** Whether nothing is left to do of a run: its record is there, and what others need of it. */
export async function isDone(plan: Plan, run: Run, store: Store): Promise<boolean> {
  if (!(await store.record(run))) return false;
  if (!isSource(plan, run)) return true;
  const needed = run.options.tasks.map(({ name }) => bundleOf(plan, run, name, store));
  for (const bundle of needed) if (!(await isBundle(plan.access.files, bundle))) return false;
  return true;
}

/** Whether a run of the plan mixes this one's adapters. */
export const isSource = ({ runs }: Plan, run: Run): boolean =>
  runs.some(({ sources }) => sources.some((source) => 'run' in source && source.run === run));

/** Checks that what a run needs is there. @throws UNSUPPORTED for a run that failed */
export async function checkNeeds(plan: Plan, run: Run, store: Store): Promise<void> {
  for (const source of run.sources)
    if ('run' in source && !(await isDone(plan, source.run, store))) throw missing(source.run);
}

import { AdapterFusionError } from '@adapterfusion/contracts';
import { isBundle } from '@adapterfusion/runtime';
import { baseline, fuse, train, type CommonOptions, type Measured, type RunEvent } from 'adapterfusion';
import { EventLog } from './event-log.js';
import type { Plan, Run } from './plan.js';
import type { RunRecord, TaskResult } from './results.js';
import type { Store } from './store.js';

/** What runs tell and are told. */
export type Around = Pick<CommonOptions, 'signal' | 'onProgress' | 'onWarning'>;

/**
 * Does a run whose sources and candidates are done; goes on where it was cut off.
 * @returns its record; undefined where the signal ended it
 * @throws whatever the run throws
 */
export async function* perform(
  { file, access, surroundings }: Plan,
  run: Run,
  store: Store,
  around: Around,
): AsyncGenerator<RunEvent, RunRecord | undefined, void> {
  const { strategy, task, sources } = run;
  const { files, registry, path } = access;
  const rate = await bestRate(run, store, surroundings.tasks.get(task)!.metrics[0]!);
  const settings = { ...run.options.settings, ...(rate === undefined ? {} : { learningRate: rate }) };
  const out = store.at(run, 'bundle');
  let measured: Measured | undefined;
  const options = {
    ...{ ...run.options, ...around, settings, files, registry, out, overwrite: true },
    ...{ model: path(file.model), backend: surroundings.backend.name },
    onMeasured: (found: Measured): void => void (measured = found),
    onDamage: (warning: AdapterFusionError): void => around.onWarning?.(`${warning.code}: ${warning.message}`),
  };
  const adapters = sources.map(
    (source) => `${source.name}=${'run' in source ? store.at(source.run, 'bundle') : source.bundle}`,
  );
  if (strategy.kind === 'baseline') {
    const { data, trained, seconds, metrics } = await baseline({ ...options, way: strategy.way!, adapters });
    const course = { trainable: trained, stored: trained, seconds, losses: [], history: [] };
    return recordOf(run, { metrics, rows: data }, measured!, course, surroundings.tasks.get(task)!.metrics);
  }
  const log = await EventLog.open(files, store.at(run, 'events'));
  const named = { ...options, name: task };
  const events =
    strategy.kind === 'fuse'
      ? fuse({ ...named, adapters, compare: false })
      : train({ ...named, strategy: strategyMethod(run) });
  let [rows, trainable]: [TrainedRows | undefined, number] = [undefined, 0];
  for await (const event of events) {
    await log.add(event);
    yield event;
    if (event.type === 'data') rows = event;
    if (event.type === 'start') trainable = event.trainable;
    if (event.type !== 'saved') continue;
    await log.finish();
    const { metrics, stored, parameters } = event;
    const { seconds, losses, history } = log;
    const course = { trainable, stored, parameters, seconds, losses, history };
    const chosen = rate === undefined ? course : { ...course, learningRate: rate };
    return recordOf(run, { metrics, rows: rows! }, measured!, chosen, surroundings.tasks.get(task)!.metrics);
  }
  return undefined;
}

type TrainedRows = Pick<Extract<RunEvent, { type: 'data' }>, 'train' | 'measured'>;

const strategyMethod = ({ strategy: { name, entry } }: Run): string => entry.trainer ?? name;

function recordOf(
  { task }: Run,
  { metrics, rows }: { metrics: TaskResult['metrics']; rows: TrainedRows },
  { split, labels, truth, predictions, attention }: Measured,
  course: Omit<RunRecord, 'tasks' | 'truths'>,
  names: readonly string[],
): RunRecord {
  const counts = { train: rows.train, measured: rows.measured.rows };
  const result: TaskResult = { metrics, split, rows: counts, predictions, ...(attention ? { attention } : {}) };
  return { tasks: { [task]: result }, truths: { [task]: { labels, metrics: names, split, truth } }, ...course };
}

/** The learning rate whose run was best on held-out training rows; the smallest of equal ones. */
async function bestRate({ candidates, task }: Run, store: Store, metric: string): Promise<number | undefined> {
  let best: { rate: number; score: number } | undefined;
  for (const candidate of [...candidates].sort((a, b) => rateOf(a) - rateOf(b))) {
    const score = (await store.record(candidate))?.tasks[task]?.metrics[metric];
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

/** Whether nothing is left to do of a run: its record is there, and its adapter where others mix it. */
export async function isDone(plan: Plan, run: Run, store: Store): Promise<boolean> {
  if (!(await store.record(run))) return false;
  return !isSource(plan, run) || isBundle(plan.access.files, store.at(run, 'bundle'));
}

/** Whether a run of the plan mixes this one's adapter. */
export const isSource = ({ runs }: Plan, run: Run): boolean =>
  runs.some(({ sources }) => sources.some((source) => 'run' in source && source.run === run));

/** What a run needs. @throws UNSUPPORTED for one that failed */
export async function checkNeeds(plan: Plan, run: Run, store: Store): Promise<void> {
  for (const source of run.sources)
    if ('run' in source && !(await isDone(plan, source.run, store))) throw missing(source.run);
}

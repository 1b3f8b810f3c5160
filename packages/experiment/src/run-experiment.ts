import type { CommonOptions, RunEvent } from 'adapterfusion';
import { work, type WorkerPool } from './worker-pool.js';
import { failureOf, Ledger } from './ledger.js';
import { Needs } from './needs.js';
import { planExperiment, type OpenOptions } from './open-experiment.js';
import { isDone } from './perform.js';
import type { Plan, Run } from './plan.js';
import type { CellResult, FailedCell } from './results.js';
import { Schedule } from './schedule.js';
import { Store } from './store.js';
import { workerOf } from './worker.js';
import type { Workers } from './workers.js';

/** Options of {@link runExperiment}. */
export interface RunExperimentOptions extends OpenOptions, Pick<CommonOptions, 'signal' | 'onProgress' | 'onWarning'> {
  /** The folder of the experiment; what is done there is not done again. */
  readonly out: string;
  /** Keep the bundles of all runs, not only those of adapters that others mix. Default false. */
  readonly keepBundles?: boolean;
  /** What does several runs beside each other; by default they are done here, one after another. */
  readonly workers?: Workers;
}

/** Which run it is, and which of several workers does it, from 1. */
interface OfRun {
  readonly id: string;
  readonly label: string;
  readonly worker?: number;
}

/** What happens in an experiment. */
export type ExperimentEvent =
  | {
      readonly type: 'plan';
      readonly cells: number;
      readonly runs: number;
      readonly done: number;
      readonly workers?: number;
    }
  /** A run begins. */
  | ({ readonly type: 'run'; readonly index: number; readonly runs: number } & OfRun)
  /** An event of the run. */
  | { readonly type: 'event'; readonly run: string; readonly event: RunEvent; readonly worker?: number }
  | ({ readonly type: 'run-done'; readonly results: readonly CellResult[] } & OfRun)
  | ({ readonly type: 'run-failed'; readonly code: string; readonly message: string } & OfRun)
  /** Another process is at the run, which is tried again until that has ended. Told once a run. */
  | ({ readonly type: 'run-held'; readonly message: string } & OfRun)
  /** The worker is gone; the run is tried once more, with nothing beside it. */
  | ({ readonly type: 'run-lost'; readonly how: string } & OfRun)
  | {
      readonly type: 'finished';
      readonly results: readonly CellResult[];
      readonly failed: readonly FailedCell[];
      /** The signal ended it: the same call goes on. */
      readonly interrupted: boolean;
    };

/**
 * Measures every cell of an experiment that has no result yet. Whatever several cells need is trained once. A run that was
 * cut off, by its signal or by force, goes on where it stopped, and ends with the same numbers. A run that fails is told
 * and passed over.
 * @throws what {@link planExperiment} throws; FILE_EXISTS where another process works in the folder; FILE_WRITE_FAILED
 */
export async function* runExperiment(options: RunExperimentOptions): AsyncGenerator<ExperimentEvent, void, void> {
  try {
    const plan = await planExperiment(options, options.workers);
    const { files } = plan.access;
    const release = await files.lock?.(files.join(options.out, 'lock'));
    try {
      const store = new Store(files, options.out, ({ message }) => options.onWarning?.(message));
      await store.begin(plan.file);
      yield* measure(plan, store, options);
    } finally {
      await release?.();
    }
  } finally {
    await options.workers?.close();
  }
}

async function* measure(
  plan: Plan,
  store: Store,
  options: RunExperimentOptions,
): AsyncGenerator<ExperimentEvent, void, void> {
  const { cells, runs, count } = plan;
  const { signal, workers, keepBundles = false } = options;
  const ledger = new Ledger(plan, store);
  const done = new Set<Run>();
  const needs = new Needs(plan);
  for (const run of runs) {
    if (await isDone(plan, run, store)) done.add(run);
    await needs.learn(run, store);
  }
  yield {
    ...{ type: 'plan', cells: cells.length, runs: runs.length, done: done.size },
    ...(workers ? { workers: count } : {}),
  };
  let results = await ledger.publish();
  const schedule = new Schedule({
    ...{ runs, isDone: (run) => done.has(run), bytesOf: (run) => needs.of(run) },
    ...(workers ? { memory: workers.memory } : {}),
  });
  const here = workerOf(plan, store, options);
  const alone: WorkerPool = { perform: (_place, id) => here(id), rest: () => undefined, close: async () => undefined };
  const held = new Set<Run>();
  let interrupted = false;
  for await (const event of work(schedule, workers ?? alone, count, signal)) {
    const { run, place } = event;
    const of: OfRun = { id: run.id, label: run.label, ...(workers ? { worker: place + 1 } : {}) };
    const { id: _, label: __, ...by } = of;
    if (event.type === 'begins') yield { type: 'run', ...of, index: runs.indexOf(run), runs: runs.length };
    else if (event.type === 'event') yield { type: 'event', run: run.id, event: event.event, ...by };
    else {
      const { ended } = event;
      if (ended.state === 'held') {
        if (!held.has(run)) yield { type: 'run-held', ...of, message: ended.message };
        held.add(run);
        continue;
      }
      if (ended.state === 'lost' && schedule.again(run)) {
        yield { type: 'run-lost', ...of, how: ended.how };
        continue;
      }
      schedule.settle(run);
      if (ended.state === 'interrupted') {
        interrupted = true;
        continue;
      }
      const failure = failureOf(ended);
      if (failure) {
        ledger.fail(run, failure);
        yield { type: 'run-failed', ...of, ...failure };
      }
      results = await ledger.publish();
      if (failure) continue;
      await needs.learn(run, store);
      if (!keepBundles) await ledger.tidy(run);
      yield { type: 'run-done', ...of, results: results.filter((cell) => cell.run === run.id) };
    }
  }
  interrupted ||= !schedule.empty;
  yield { type: 'finished', results, failed: ledger.lost, interrupted };
}

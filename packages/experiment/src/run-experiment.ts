import { AdapterFusionError } from '@adapterfusion/contracts';
import type { CommonOptions, RunEvent } from 'adapterfusion';
import { planExperiment, type OpenOptions } from './open-experiment.js';
import { checkNeeds, isDone, isSource, perform, type Around } from './perform.js';
import type { Plan, Run } from './plan.js';
import type { CellResult, FailedCell } from './results.js';
import { Store } from './store.js';

/** Options of {@link runExperiment}. */
export interface RunExperimentOptions extends OpenOptions, Pick<CommonOptions, 'signal' | 'onProgress' | 'onWarning'> {
  /** The folder of the experiment; what is done there is not done again. */
  readonly out: string;
  /** Keep the bundles of all runs, not only those of adapters that others mix. Default false. */
  readonly keepBundles?: boolean;
}

/** What happens in an experiment. */
export type ExperimentEvent =
  | { readonly type: 'plan'; readonly cells: number; readonly runs: number; readonly done: number }
  /** A run begins. */
  | { readonly type: 'run'; readonly id: string; readonly label: string; readonly index: number; readonly runs: number }
  /** An event of the run. */
  | { readonly type: 'event'; readonly run: string; readonly event: RunEvent }
  | { readonly type: 'run-done'; readonly id: string; readonly label: string; readonly results: readonly CellResult[] }
  | {
      readonly type: 'run-failed';
      readonly id: string;
      readonly label: string;
      readonly code: string;
      readonly message: string;
    }
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
  const plan = await planExperiment(options);
  const { files } = plan.access;
  const release = await files.lock?.(files.join(options.out, 'lock'));
  try {
    const store = new Store(files, options.out, ({ message }) => options.onWarning?.(message));
    await store.begin(plan.file);
    yield* work(plan, store, options);
  } finally {
    await release?.();
  }
}

async function* work(
  plan: Plan,
  store: Store,
  { signal, onProgress, onWarning, keepBundles = false }: RunExperimentOptions,
): AsyncGenerator<ExperimentEvent, void, void> {
  const { cells, runs, file, surroundings, access } = plan;
  const { name, version, threads } = surroundings.backend;
  const backend = `${name} ${version}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  const failed: Record<string, { code: string; message: string }> = {};
  const publish = async (): Promise<CellResult[]> => {
    await store.publishSources(cells, runs);
    return store.publish(cells, file, { backend, failed });
  };
  const done = await Promise.all(runs.map((run) => isDone(plan, run, store)));
  yield { type: 'plan', cells: cells.length, runs: runs.length, done: done.filter(Boolean).length };
  const around: Around = {
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
    ...(onWarning ? { onWarning } : {}),
  };
  let results = await publish();
  let interrupted = false;
  for (const [index, run] of runs.entries()) {
    if (done[index]) continue;
    const { id, label } = run;
    yield { type: 'run', id, label, index, runs: runs.length };
    try {
      await checkNeeds(plan, run, store);
      interrupted = yield* events(plan, run, store, around);
    } catch (error) {
      interrupted = AdapterFusionError.is(error) && error.code === 'ABORTED';
      if (!interrupted) {
        const code = AdapterFusionError.is(error) ? error.code : 'BUG';
        failed[id] = { code, message: error instanceof Error ? error.message : String(error) };
        yield { type: 'run-failed', id, label, ...failed[id] };
      }
    }
    if (interrupted) break;
    results = await publish();
    if (failed[id]) continue;
    if (!keepBundles && !isSource(plan, run)) await access.files.remove(store.at(run, 'bundle'));
    yield { type: 'run-done', id, label, results: results.filter((cell) => cell.run === id) };
  }
  const lost = cells.flatMap(({ run, ...cell }): FailedCell[] =>
    failed[run.id] ? [{ ...cell, ...failed[run.id]! }] : [],
  );
  yield { type: 'finished', results, failed: lost, interrupted };
}

/** @returns whether the run was interrupted */
async function* events(
  plan: Plan,
  run: Run,
  store: Store,
  around: Around,
): AsyncGenerator<ExperimentEvent, boolean, void> {
  const running = perform(plan, run, store, around);
  for (;;) {
    const next = await running.next();
    if (!next.done) {
      yield { type: 'event', run: run.id, event: next.value };
      continue;
    }
    if (next.value) await store.add(run, next.value);
    return next.value === undefined;
  }
}

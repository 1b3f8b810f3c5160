import { AdapterFusionError } from '@adapterfusion/contracts';
import { planExperiment, type OpenOptions } from './open-experiment.js';
import { checkNeeds, isDone, perform, type Around } from './perform.js';
import type { Plan, Run } from './plan.js';
import { Store } from './store.js';
import type { Ended, Running } from './workers.js';

/** Does runs of an experiment by their ids, one at a time. */
export type Worker = (run: string) => Running;

/** Options of {@link openWorker}. */
export interface WorkerOptions extends OpenOptions, Around {
  /** The folder of the experiment, which another process holds and publishes. */
  readonly out: string;
}

/**
 * Opens an experiment that another process runs, to do some of its runs here.
 * @throws what `runExperiment` throws for a bad experiment
 */
export async function openWorker(options: WorkerOptions): Promise<Worker> {
  const plan = await planExperiment(options);
  const store = new Store(plan.access.files, options.out, ({ message }) => options.onWarning?.(message));
  return workerOf(plan, store, options);
}

/** Does the runs of a plan in this process. */
export function workerOf(plan: Plan, store: Store, around: Around): Worker {
  return async function* (id) {
    const run = plan.runs.find((each) => each.id === id);
    if (!run) return failed(unplanned(id));
    let release: (() => Promise<void>) | undefined;
    try {
      release = await plan.access.files.lock?.(store.at(run, 'lock'));
    } catch (error) {
      if (!AdapterFusionError.is(error) || error.code !== 'FILE_EXISTS') return failed(error);
      return { state: 'held', message: error.message };
    }
    try {
      return yield* attempt(plan, run, store, around);
    } finally {
      await release?.();
    }
  };
}

async function* attempt(plan: Plan, run: Run, store: Store, around: Around): Running {
  try {
    // Whoever held it may have done it.
    if (await isDone(plan, run, store)) return { state: 'done' };
    await checkNeeds(plan, run, store);
    const record = yield* perform(plan, run, store, around);
    if (!record) return { state: 'interrupted' };
    await store.add(run, record);
    return { state: 'done' };
  } catch (error) {
    return AdapterFusionError.is(error) && error.code === 'ABORTED' ? { state: 'interrupted' } : failed(error);
  }
}

function failed(error: unknown): Ended {
  const code = AdapterFusionError.is(error) ? error.code : 'BUG';
  return { state: 'failed', code, message: error instanceof Error ? error.message : String(error) };
}

const unplanned = (id: string): AdapterFusionError =>
  new AdapterFusionError('OPTIONS_INVALID', {
    at: id,
    expected: 'a run of the experiment, as it was when it began',
    got: 'a file or data that have changed since',
    fix: 'Start it again.',
  });

import type { RunEvent } from 'adapterfusion';
import type { Run } from './plan.js';
import type { Schedule } from './schedule.js';
import type { Ended, Running, Workers } from './workers.js';

/** What a pool tells: a run begins, has an event, or ends. */
export type WorkerPoolEvent = { readonly run: Run; readonly place: number } & (
  | { readonly type: 'begins' }
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'ends'; readonly ended: Ended }
);

/** A place with a run. */
interface Busy {
  readonly place: number;
  readonly run: Run;
  readonly running: Running;
  /** What comes next of it, once it was asked. */
  next?: Promise<{ busy: Busy; result: IteratorResult<RunEvent, Ended> }>;
}

/** Milliseconds after which a run that another process holds is looked at again. */
const AGAIN = 1000;

/** Places where runs are done. */
export type WorkerPool = Pick<Workers, 'perform' | 'rest' | 'close'>;

/**
 * Does what a schedule has at several places beside each other. Who reads its events settles the runs that end. It ends when
 * nothing is left, or, after the signal, when every place has stopped.
 */
export async function* work(
  schedule: Schedule,
  pool: WorkerPool,
  count: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<WorkerPoolEvent, void, void> {
  const busy = new Map<number, Busy>();
  try {
    for (;;) {
      for (let place = 0; place < count && !signal?.aborted; place++) {
        if (busy.has(place)) continue;
        const run = schedule.take(Date.now());
        if (!run) {
          // Its memory is what another place may wait for.
          if (schedule.short) pool.rest(place);
          continue;
        }
        yield { type: 'begins', run, place };
        busy.set(place, { place, run, running: pool.perform(place, run.id) });
      }
      if (busy.size === 0) {
        if (schedule.empty || signal?.aborted) return;
        // All that is left is held by others.
        await pause(AGAIN, signal);
        continue;
      }
      const { busy: first, result } = await Promise.race([...busy.values()].map(nextOf));
      delete first.next;
      const { run, place } = first;
      if (!result.done) {
        // The others have their turn before it.
        busy.delete(place);
        busy.set(place, first);
        yield { type: 'event', run, place, event: result.value };
        continue;
      }
      busy.delete(place);
      const ended = result.value;
      if (ended.state === 'held') schedule.putAside(run, Date.now() + AGAIN);
      yield { type: 'ends', run, place, ended };
    }
  } finally {
    const left = [...busy.values()].map(({ running }) => running.return({ state: 'interrupted' }));
    await Promise.all([pool.close(), ...left]);
  }
}

const nextOf = (busy: Busy): NonNullable<Busy['next']> =>
  (busy.next ??= busy.running.next().then((result) => ({ busy, result })));

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
  });
}

import { AdapterFusionError, ERROR_CODES, type ErrorCode } from '@adapterfusion/contracts';
import type { Places, Running, Workers } from '@adapterfusion/experiment';
import { openBackend } from 'adapterfusion';
import { memoryForRuns, placesFor, threadsFor, type WorkerCount } from './worker-count.js';
import type { WorkerTask } from './worker-messages.js';
import { WorkerProcess, type Voice } from './worker-process.js';

/** Processes that do the runs of an experiment, and end with this one. */
export class WorkerProcesses implements Workers {
  readonly memory = memoryForRuns();
  readonly #task: WorkerTask;
  readonly #wanted: WorkerCount;
  readonly #voice: (place: number) => Voice;
  readonly #all: WorkerProcess[] = [];

  /** @param voice for each of them, from 0 @param signal ends what they do at a checkpoint */
  constructor(task: WorkerTask, wanted: WorkerCount, voice: (place: number) => Voice, signal: AbortSignal) {
    this.#task = task;
    this.#wanted = wanted;
    this.#voice = voice;
    signal.addEventListener('abort', () => this.#all.forEach((each) => each.stop()));
  }

  open: Places['open'] = async (backend, largest) => {
    const count = placesFor(this.#wanted, largest);
    const env = { ...process.env, TF_NUM_INTRAOP_THREADS: threadsFor(count) };
    for (let place = 0; place < count; place++) this.#all.push(new WorkerProcess(this.#task, env, this.#voice(place)));
    const said = await this.#all[0]!.ask({ type: 'open', backend });
    if (said.type === 'opened') return { backend: said.backend, count };
    if (said.type === 'refused') throw refusalOf(said);
    throw new AdapterFusionError('BACKEND_LOST', {
      ...{ at: `backend ${backend}`, expected: 'a process that opens it' },
      got: said.type === 'gone' ? `one that ended (${said.how})` : 'another answer',
      fix: 'See what it printed; "adapterfusion doctor" looks at every backend.',
    });
  };

  perform = (place: number, run: string): Running => this.#all[place]!.perform(run);

  rest = (place: number): void => this.#all[place]!.rest();

  close = async (): Promise<void> => {
    await Promise.all(this.#all.map((each) => each.close()));
  };
}

/** The same for a preview: the backend is opened here, as each of them would have it. */
export const previewedPlaces = (wanted: WorkerCount): Places => ({
  memory: memoryForRuns(),
  open: async (backend, largest) => {
    const count = placesFor(wanted, largest);
    process.env['TF_NUM_INTRAOP_THREADS'] = threadsFor(count);
    return { backend: await openBackend(backend), count };
  },
});

/** What another process refused. */
function refusalOf({ code, message }: { code: string; message: string }): Error {
  const known = ERROR_CODES.find((each): each is ErrorCode => each === code);
  if (!known) return new Error(message);
  return Object.assign(new AdapterFusionError(known, { expected: '', got: '', fix: '' }), { message });
}

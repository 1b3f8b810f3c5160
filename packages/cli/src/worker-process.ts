import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ended, Running } from '@adapterfusion/experiment';
import type { Said, Told, WorkerTask } from './worker-messages.js';

const CHILD = fileURLToPath(new URL('./experiment-worker.js', import.meta.url));

type Heard = Exclude<Said, { type: 'progress' | 'warning' }> | { readonly type: 'gone'; readonly how: string };

/** What is told beside the answers. */
export type Voice = (said: Extract<Said, { type: 'progress' | 'warning' }>) => void;

/** A place where runs are done: a process, started when there is something to do. */
export class WorkerProcess {
  readonly #task: WorkerTask;
  readonly #env: NodeJS.ProcessEnv;
  readonly #voice: Voice;
  #child: ChildProcess | undefined;
  /** Settles when every process is gone that was started here. */
  #ended: Promise<unknown> = Promise.resolve();
  readonly #heard: Heard[] = [];
  #wake: () => void = () => undefined;

  constructor(task: WorkerTask, env: NodeJS.ProcessEnv, voice: Voice) {
    this.#task = task;
    this.#env = env;
    this.#voice = voice;
  }

  /** Tells it something, and waits for one word. */
  async ask(told: Told): Promise<Heard> {
    this.#heard.length = 0;
    this.#tell(told, this.#child ?? this.#start());
    return this.#next();
  }

  /** Does a run. */
  async *perform(run: string): Running {
    for (let said = await this.ask({ type: 'perform', run }); ; said = await this.#next())
      if (said.type === 'event') yield said.event;
      else return endOf(said);
  }

  /** It ends what it does at the next checkpoint. */
  stop(): void {
    if (this.#child) this.#tell({ type: 'stop' }, this.#child);
  }

  /** Ends it while it has nothing to do; another one is started when there is. */
  rest(): void {
    const child = this.#child;
    this.#child = undefined;
    if (child?.connected) child.disconnect();
  }

  /** Ends it for good, now or as soon as it has stopped. */
  async close(): Promise<void> {
    this.stop();
    if (this.#child?.connected) this.#child.disconnect();
    await this.#ended;
  }

  #start(): ChildProcess {
    const child = fork(CHILD, [JSON.stringify(this.#task)], {
      ...{ env: this.#env, serialization: 'advanced' },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child = child;
    child.on('message', (said: Said) => {
      if (said.type === 'progress' || said.type === 'warning') this.#voice(said);
      else this.#hear(said);
    });
    const end = new Promise<string>((resolve) => {
      child.on('error', ({ message }) => child.pid === undefined && resolve(message));
      // What it said last may come after its end: all is heard once both are there.
      const left = new Promise((closed) => child.on('disconnect', closed));
      child.on('exit', (code, signal) => void left.then(() => resolve(signal ?? `exit code ${code}`)));
    });
    void end.then((how) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#hear({ type: 'gone', how });
    });
    this.#ended = Promise.all([this.#ended, end]);
    return child;
  }

  #tell(told: Told, child: ChildProcess): void {
    // A process that is just ending is heard of otherwise.
    if (child.connected) child.send(told, () => undefined);
  }

  #hear(heard: Heard): void {
    this.#heard.push(heard);
    this.#wake();
  }

  async #next(): Promise<Heard> {
    while (this.#heard.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#heard.shift()!;
  }
}

function endOf(said: Exclude<Heard, { type: 'event' }>): Ended {
  if (said.type === 'ended') return said.ended;
  if (said.type === 'gone') return { state: 'lost', how: said.how };
  if (said.type === 'refused') return { state: 'failed', code: said.code, message: said.message };
  throw new TypeError('a run was not answered');
}

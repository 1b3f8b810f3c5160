import type { Run } from './plan.js';

/** What a {@link Schedule} goes by. */
export interface ScheduleOptions {
  /** In an order in which each comes after what it needs. */
  readonly runs: readonly Run[];
  readonly isDone: (run: Run) => boolean;
  /** Bytes that a run needs, about. */
  readonly bytesOf: (run: Run) => number;
  /** Bytes that all may need together; no bound by default. */
  readonly memory?: number;
}

/** Which run is to be taken next, where several are done beside each other. */
export class Schedule {
  readonly #options: ScheduleOptions;
  /** Runs that nobody has taken, in order. */
  #waiting: Run[];
  readonly #taken = new Map<Run, number>();
  /** Runs that are to be done with nothing beside them. */
  readonly #alone = new Set<Run>();
  /** Runs that other processes hold, and when they are looked at again. */
  readonly #aside = new Map<Run, number>();
  #short = false;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#waiting = options.runs.filter((run) => !options.isDone(run));
  }

  /** Whether every run is taken. */
  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether the last {@link take} passed over a run for which there was no memory beside the others. */
  get short(): boolean {
    return this.#short;
  }

  /**
   * Takes the first run whose needs are settled, that no other process holds and that fits beside those which are taken. One
   * alone always fits.
   * @param now milliseconds
   * @returns undefined where there is none at the moment
   */
  take(now: number): Run | undefined {
    this.#short = false;
    if ([...this.#taken.keys()].some((run) => this.#alone.has(run))) return undefined;
    const run = this.#waiting.find((each) => this.#isReady(each, now) && this.#fits(each));
    if (!run) return undefined;
    this.#waiting = this.#waiting.filter((each) => each !== run);
    this.#taken.set(run, this.#options.bytesOf(run));
    return run;
  }

  /** A run that was taken is done or has failed. */
  settle(run: Run): void {
    this.#taken.delete(run);
  }

  /** Another process has it. @param until when it is tried again, in milliseconds */
  putAside(run: Run, until: number): void {
    this.#putBack(run);
    this.#aside.set(run, until);
  }

  /** Its worker was lost: it is tried once more, with nothing beside it. @returns whether it is */
  again(run: Run): boolean {
    if (this.#alone.has(run)) return false;
    this.#alone.add(run);
    this.#putBack(run);
    return true;
  }

  #putBack(run: Run): void {
    this.#taken.delete(run);
    const { runs } = this.#options;
    this.#waiting = runs.filter((each) => each === run || this.#waiting.includes(each));
  }

  #isReady(run: Run, now: number): boolean {
    if ((this.#aside.get(run) ?? 0) > now) return false;
    const sources = run.sources.flatMap((source) => ('run' in source ? [source.run] : []));
    return [...sources, ...run.candidates].every((each) => !this.#waiting.includes(each) && !this.#taken.has(each));
  }

  #fits(run: Run): boolean {
    if (this.#taken.size === 0) return true;
    if (this.#alone.has(run)) return false;
    const { bytesOf, memory = Infinity } = this.#options;
    const held = [...this.#taken.values()].reduce((sum, bytes) => sum + bytes, 0);
    const fits = held + bytesOf(run) <= memory;
    this.#short ||= !fits;
    return fits;
  }
}

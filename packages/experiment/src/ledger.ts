import { isSource } from './perform.js';
import type { Plan, Run } from './plan.js';
import type { CellResult, FailedCell } from './results.js';
import type { Store } from './store.js';
import type { Ended } from './workers.js';

/** Why a run failed. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** What an experiment has reached so far, and what has failed. */
export class Ledger {
  readonly #plan: Plan;
  readonly #store: Store;
  readonly #failed: Record<string, Failure> = {};

  constructor(plan: Plan, store: Store) {
    this.#plan = plan;
    this.#store = store;
  }

  fail({ id }: Run, failure: Failure): void {
    this.#failed[id] = failure;
  }

  /** Cells without a result. */
  get lost(): FailedCell[] {
    const failed = this.#failed;
    return this.#plan.cells.flatMap(({ run, ...cell }) => (failed[run.id] ? [{ ...cell, ...failed[run.id]! }] : []));
  }

  /** Writes everything that is known. @returns the results */
  async publish(): Promise<CellResult[]> {
    const { cells, runs, file, surroundings } = this.#plan;
    const { name, version, threads } = surroundings.backend;
    const backend = `${name} ${version}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    await this.#store.publishSources(cells, runs);
    return this.#store.publish(cells, file, { backend, failed: this.#failed });
  }

  /** Removes what a run that is done has left and nobody needs. */
  async tidy(run: Run): Promise<void> {
    if (!isSource(this.#plan, run)) await this.#plan.access.files.remove(this.#store.at(run, 'bundle'));
  }
}

/** Why a run that ended has failed; undefined where it has not. */
export function failureOf(ended: Ended): Failure | undefined {
  if (ended.state === 'failed') return { code: ended.code, message: ended.message };
  if (ended.state !== 'lost') return undefined;
  const message = `expected a result; got a process that ended twice without one (${ended.how}). Where it was killed for want of memory, make batches or inputs smaller.`;
  return { code: 'BACKEND_LOST', message };
}

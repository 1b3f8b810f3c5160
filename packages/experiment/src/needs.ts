import { bytesOfRun } from './amount.js';
import type { Plan, Run } from './plan.js';
import type { Store } from './store.js';

/** How much memory runs need: an estimate, put right by what runs of the same strategy were seen to need. */
export class Needs {
  readonly #plan: Plan;
  /** By strategy: how many times the estimate. */
  readonly #seen = new Map<string, number>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Bytes, about. */
  of(run: Run): number {
    return (this.#seen.get(run.strategy.name) ?? 1) * bytesOfRun(this.#plan, run);
  }

  /** Looks at what a run has left, if it has. */
  async learn(run: Run, store: Store): Promise<void> {
    const memory = (await store.record(run))?.memory;
    if (memory === undefined) return;
    const { name } = run.strategy;
    this.#seen.set(name, Math.max(this.#seen.get(name) ?? 0, memory / bytesOfRun(this.#plan, run)));
  }
}

import type { AdapterFusionError, Files } from '@adapterfusion/contracts';
import type { ExperimentFile } from './file.js';
import type { Cell, Run } from './plan.js';
import type { CellResult, FailedCell, RunRecord, SourceResult, TaskRecord } from './results.js';
import { readOrSetAside, writeSealed } from './sealed.js';

/** What is known of an experiment on its way. */
interface State {
  /** What computes, its version and threads. */
  readonly backend: string;
  /** Runs that failed, by id. */
  readonly failed: { readonly [run: string]: { readonly code: string; readonly message: string } };
}

/** The folder of an experiment. Runs keep their own records; everything else can be made from them. */
export class Store {
  readonly #files: Files;
  readonly #folder: string;
  readonly #onDamage: (error: AdapterFusionError) => void;
  readonly #records = new Map<string, RunRecord>();

  constructor(files: Files, folder: string, onDamage: (error: AdapterFusionError) => void) {
    this.#files = files;
    this.#folder = folder;
    this.#onDamage = onDamage;
  }

  path(...parts: string[]): string {
    return this.#files.join(this.#folder, ...parts);
  }

  /** A run's file or folder. */
  at({ id }: Run, name: string): string {
    return this.path('runs', id, name);
  }

  /** What a run left; undefined where it is to be run. A damaged record is set aside. */
  async record(run: Run): Promise<RunRecord | undefined> {
    const held = this.#records.get(run.id);
    if (held) return held;
    const read = await readOrSetAside<RunRecord>(this.#files, this.at(run, 'record.json'), this.#onDamage);
    if (read) this.#records.set(run.id, read);
    return read;
  }

  async add(run: Run, record: RunRecord): Promise<void> {
    await writeSealed(this.#files, this.at(run, 'record.json'), record);
    this.#records.set(run.id, record);
  }

  /** Notices damage of the state as it was left, and begins a new one. */
  async begin(file: ExperimentFile): Promise<void> {
    await readOrSetAside<State>(this.#files, this.path('state.json'), this.#onDamage);
    await this.#json('experiment.json', file);
  }

  /**
   * Writes the results of the cells that have one, in the plan's order, the truth behind their predictions, and the state.
   * @returns the results
   */
  async publish(cells: readonly Cell[], file: ExperimentFile, state: State): Promise<CellResult[]> {
    const results: CellResult[] = [];
    const failed: FailedCell[] = [];
    const truths: Record<string, TaskRecord> = {};
    for (const { run, strategy, task, seed, budget } of cells) {
      const record = await this.record(run);
      const cell = { strategy, task, seed, budget };
      const failure = state.failed[run.id];
      if (!record && failure) failed.push({ ...cell, ...failure });
      if (!record) continue;
      const { tasks, truths: own, ...course } = record;
      truths[task] = own[task]!;
      results.push({ ...cell, protocol: file.protocol, run: run.id, ...tasks[task]!, ...course });
    }
    await this.#lines('results.jsonl', results);
    await this.#lines('failed.jsonl', failed);
    await this.#json('tasks.json', truths);
    await writeSealed(this.#files, this.path('state.json'), state);
    return results;
  }

  /** Writes what adapters that are mixed reached on tasks that the table has not. */
  async publishSources(cells: readonly Cell[], runs: readonly Run[]): Promise<void> {
    const mixed = new Set(runs.flatMap(({ sources }) => sources.flatMap((each) => ('run' in each ? [each.run] : []))));
    const results: SourceResult[] = [];
    for (const run of mixed) {
      const record = await this.record(run);
      if (!record) continue;
      const { tasks, truths: _, ...course } = record;
      for (const [task, found] of Object.entries(tasks)) {
        if (cells.some((cell) => cell.run === run && cell.task === task)) continue;
        results.push({ strategy: run.strategy.name, task, seed: run.seed, run: run.id, ...found, ...course });
      }
    }
    await this.#lines('sources.jsonl', results);
  }

  #json(name: string, value: object): Promise<void> {
    const text = `${JSON.stringify(value, undefined, 2)}\n`;
    return this.#files.write(this.path(name), new TextEncoder().encode(text));
  }

  #lines(name: string, values: readonly object[]): Promise<void> {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    return this.#files.write(this.path(name), new TextEncoder().encode(text));
  }
}

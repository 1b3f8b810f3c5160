import { sha256 } from '@adapterfusion/checkpoint';
import type { Budget, ExperimentFile } from './file.js';
import type { Strategy } from './strategies.js';
import type { Access, CreateContext } from './surroundings.js';
import type { RunOptions } from './run-options.js';

/** Something that is trained or measured once, whatever needs it. */
export interface Run {
  /** What its folder is called: a function of everything that its result is a function of. */
  readonly id: string;
  readonly label: string;
  readonly strategy: Strategy;
  readonly seed: number;
  readonly options: RunOptions;
  /** What it mixes, in order. */
  readonly sources: readonly Source[];
  /** Runs that differ in the learning rate; the best of them gives this run its own. */
  readonly candidates: readonly Run[];
  /** The run whose encoder it stands on; the experiment's by default. */
  readonly encoder?: Run;
}

/** An adapter that a run mixes: one that is trained, or one that is there. */
export type Source = { readonly name: string } & ({ readonly run: Run } | { readonly bundle: string });

/** A cell of the table. */
export interface Cell {
  readonly strategy: string;
  readonly task: string;
  readonly seed: number;
  readonly budget: Budget;
  readonly run: Run;
}

/** Everything that an experiment does. */
export interface Plan {
  readonly file: ExperimentFile;
  readonly access: Access;
  readonly surroundings: CreateContext;
  readonly cells: readonly Cell[];
  /** Every run once, what is needed before what needs it. */
  readonly runs: readonly Run[];
  /** How many are done beside each other. */
  readonly count: number;
}

/** Runs in an order in which each comes after what it needs. */
export function inOrder(cells: readonly Cell[]): Run[] {
  const seen = new Set<Run>();
  const visit = (run: Run): void => {
    if (seen.has(run)) return;
    for (const candidate of run.candidates) visit(candidate);
    for (const source of run.sources) if ('run' in source) visit(source.run);
    seen.add(run);
  };
  for (const { run } of cells) visit(run);
  return [...seen];
}

/** A short hash of what JSON has of a value. */
export async function hashOf(value: unknown): Promise<string> {
  return (await sha256(JSON.stringify(value))).slice(0, 12);
}

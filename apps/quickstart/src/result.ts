import type { AttentionSummary, ParameterCounts, Way } from 'adapterfusion';
import type { QuickstartOptions } from './quickstart.js';

/** A way to do the target's task, measured. */
export interface Row {
  readonly way: Exclude<Way, 'single'> | 'own' | 'other';
  readonly name: string;
  readonly accuracy: number;
  readonly trained: number;
}

/** What the fusion says of a sentence. */
export interface Answer {
  readonly text: string;
  readonly label: string;
  readonly score: number;
}

/** Everything that a run has found. */
export interface Result extends QuickstartOptions {
  /** Test rows of the target. */
  readonly rows: number;
  readonly table: readonly Row[];
  readonly attention: AttentionSummary;
  readonly parameters: ParameterCounts;
  /** Where the fusion is. */
  readonly bundle: string;
  readonly curves: readonly { readonly name: string; readonly losses: readonly number[] }[];
  readonly answers: readonly Answer[];
  /** What computed it. */
  readonly computed: string;
  readonly seconds: number;
}

/** A way's row. */
export function rowOf({ table }: Pick<Result, 'table'>, way: Row['way']): Row {
  return table.find((row) => row.way === way)!;
}

import { lengthOf } from '@adapterfusion/text';
import type { TrainingRow } from './trainable-model.js';

/** Training rows that are not in memory: on disk, for example. */
export interface StoredRows {
  readonly length: number;
  /** Tokens of the longest input of each row. */
  readonly lengths: ArrayLike<number>;
  /** The target of each row. */
  readonly targets: ArrayLike<unknown>;
  /** A hash of all that the rows hold, and of nothing else. */
  readonly identity: string;
  /** Rows by index, in the order asked for. */
  read(indices: readonly number[]): Promise<readonly TrainingRow[]>;
}

/** Rows to train on, in memory or not. */
export type TrainingRows = readonly TrainingRow[] | StoredRows;

export const areStored = (rows: TrainingRows): rows is StoredRows => !Array.isArray(rows);

/** Rows, or those of them that are trained on. */
interface ChosenRows {
  readonly rows: TrainingRows;
  readonly places?: readonly number[];
}

/** Tokens of the longest input of each row. */
export const lengthsOf = (rows: TrainingRows): ArrayLike<number> =>
  areStored(rows) ? rows.lengths : rows.map(lengthOf);

/** How many rows are trained on. */
export const countOf = ({ rows, places }: ChosenRows): number => (places ?? rows).length;

/** The target of each row. @typeParam T the type that the task kind gives targets */
export const targetsOf = <T = unknown>(rows: TrainingRows): readonly T[] =>
  areStored(rows) ? Array.from(rows.targets as ArrayLike<T>) : rows.map(({ target }) => target as T);

/** The targets of the rows that are trained on. */
export const chosenTargets = ({ rows, places }: ChosenRows): readonly unknown[] => {
  const all = targetsOf(rows);
  return places?.map((place) => all[place]) ?? all;
};

/** Some of the rows, in the order asked for. */
export const rowsAt = async (rows: TrainingRows, indices: readonly number[]): Promise<readonly TrainingRow[]> =>
  areStored(rows) ? rows.read(indices) : indices.map((index) => rows[index]!);

/** All of the rows in memory. */
export const allRows = async (rows: TrainingRows): Promise<readonly TrainingRow[]> =>
  areStored(rows) ? rows.read(Array.from({ length: rows.length }, (_, index) => index)) : rows;

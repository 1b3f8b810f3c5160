import { keyOf, valueOf, type MeasuredCell } from './cells.js';
import type { SetName } from './sets.js';

/** A mean of paired differences, in points of a hundred. */
export interface PairedMean {
  readonly pairs: number;
  readonly mean: number;
  /** Of the mean, over pairs. */
  readonly standardError: number;
  readonly byTarget: ReadonlyMap<SetName, number>;
}

/** Differences `of − than` of cells that are equal but for the arm. */
export function paired(
  cells: readonly MeasuredCell[],
  of: string,
  than: string,
  among: (cell: MeasuredCell) => boolean = () => true,
): PairedMean {
  const others = new Map(cells.filter(({ arm }) => arm === than).map((cell) => [keyOf(cell), cell]));
  const differences: { readonly target: SetName; readonly value: number }[] = [];
  for (const cell of cells) {
    if (cell.arm !== of || !among(cell)) continue;
    const other = others.get(keyOf({ ...cell, arm: than }));
    if (other) differences.push({ target: cell.target, value: 100 * (valueOf(cell) - valueOf(other)) });
  }
  const values = differences.map(({ value }) => value);
  const mean = average(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const targets = [...new Set(differences.map(({ target }) => target))];
  return {
    pairs: values.length,
    mean,
    standardError: Math.sqrt(squares / Math.max(values.length - 1, 1) / Math.max(values.length, 1)),
    byTarget: new Map(
      targets.map((target) => [
        target,
        average(differences.filter((each) => each.target === target).map(({ value }) => value)),
      ]),
    ),
  };
}

export const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / (values.length || 1);

import { valueOf, type MeasuredCell } from './cells.js';

export const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / (values.length || 1);

/** A mean of differences over targets and draws, in points of a hundred. */
export interface PairedMean {
  readonly pairs: number;
  readonly mean: number;
  /** Of the mean, over pairs; NaN for one pair. */
  readonly standardError: number;
}

/** The difference of an arm to another one, over the cells that both have; undefined where there are none. */
export function paired(cells: readonly MeasuredCell[], arm: string, than: string): PairedMean | undefined {
  const placeOf = ({ encoder, target, labels, draw }: MeasuredCell): string =>
    [encoder, target, labels, draw].join(' ');
  const others = new Map(cells.filter((cell) => cell.arm === than).map((cell) => [placeOf(cell), valueOf(cell)]));
  const values = cells
    .filter((cell) => cell.arm === arm && others.has(placeOf(cell)))
    .map((cell) => 100 * (valueOf(cell) - others.get(placeOf(cell))!));
  if (values.length === 0) return undefined;
  const mean = average(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { pairs: values.length, mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

import { option } from '@adapterfusion/contracts';

/** How often the steps are of each task, as Stickland and Murray (arXiv 1902.02671, section 3.1). */
export type Sampling = 'proportional' | 'square-root' | 'annealed';

/** The option of that name. Default `annealed`. */
export const samplingOption = option.choice<Sampling>('annealed', ['proportional', 'square-root', 'annealed']);

/**
 * A share for each task, not normalised: its rows to a power, which is 1, ½, or falls from 1 in the first epoch to 0.2 in the
 * last, `1 − 0.8 · (epoch − 1) / (epochs − 1)`.
 * @param rows of each task  @param epoch counted from 1  @param epochs in all; with a single one `annealed` is `proportional`
 */
export function shares(sampling: Sampling, rows: readonly number[], epoch: number, epochs: number): number[] {
  const annealed = epochs === 1 ? 1 : 1 - (0.8 * (epoch - 1)) / (epochs - 1);
  const power = { proportional: 1, 'square-root': 0.5, annealed }[sampling];
  return rows.map((count) => count ** power);
}

import { stratifiedFolds, type Fold } from './stratified-folds.js';

/** From this number of rows on the folds are not repeated: the loss is certain enough. */
export const MANY_ROWS = 1000;

/** The number of folds, the same for all fits. */
const FOLDS = 5;
const REPEATS = 3;

/**
 * The folds by which the strength of a penalty is chosen: 5 stratified ones, 3 repeats, 1 from 1,000 rows on.
 * @param labels class of each row
 * @returns undefined where the rows cannot be divided: no class has two of them
 */
export function fitFolds(labels: readonly number[], seed: number): readonly Fold[] | undefined {
  if (new Set(labels).size === labels.length) return undefined;
  return stratifiedFolds(labels, { folds: FOLDS, repeats: labels.length < MANY_ROWS ? REPEATS : 1, seed });
}

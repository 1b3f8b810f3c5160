import { hash32 } from '@adapterfusion/contracts';

/** Row indices of one train/test division, ascending. */
export interface Fold {
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** How {@link stratifiedFolds} divides. */
export interface FoldOptions {
  /** Parts of the rows; each is tested once in a repeat. Default 5 */
  readonly folds?: number;
  /** How often the rows are divided anew. Default 1 */
  readonly repeats?: number;
  readonly seed: number;
}

/**
 * Repeated stratified folds for cross-validation, repeat by repeat. The rows of each class are shuffled with the seed and
 * dealt to the folds in turn, each class from where the one before it stopped, so that both the sizes of the folds and the
 * shares of a class differ by one row at most. A class with fewer rows than folds is tested in as many folds as it has
 * rows; a class of one row is always in training. Every class is therefore in every training part. A pure function.
 * @param labels class of each row
 * @returns `folds · repeats` divisions; fewer where there are fewer rows to test than folds
 * @throws TypeError for fewer than two folds, for no repeat, and where no class has two rows
 */
export function stratifiedFolds(labels: readonly number[], options: FoldOptions): Fold[] {
  const { folds = 5, repeats = 1, seed } = options;
  if (!Number.isInteger(folds) || folds < 2 || !Number.isInteger(repeats) || repeats < 1)
    throw new TypeError(`expected at least 2 folds and 1 repeat, got ${folds} and ${repeats}`);
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  const several = classes
    .map((label) => [...labels.keys()].filter((row) => labels[row] === label))
    .filter((rows) => rows.length > 1);
  if (several.length === 0) throw new TypeError('cross-validation needs a class with at least two rows');
  return Array.from({ length: repeats }, (_, repeat) => {
    const keys = labels.map((_, row) => hash32(seed, Math.floor(seed / 2 ** 32), repeat, row));
    const dealt = several.flatMap((rows) => rows.toSorted((a, b) => keys[a]! - keys[b]! || a - b));
    const foldOf = new Map(dealt.map((row, place) => [row, place % folds]));
    return Array.from({ length: Math.min(folds, dealt.length) }, (_, fold): Fold => {
      const rows = [...labels.keys()];
      return {
        train: rows.filter((row) => foldOf.get(row) !== fold),
        test: rows.filter((row) => foldOf.get(row) === fold),
      };
    });
  }).flat();
}

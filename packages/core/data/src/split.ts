import { hash32 } from '@adapterfusion/contracts';
import { invalid } from './invalid.js';

/** Row indices of each split, ascending. */
export interface SplitRows {
  readonly train: number[];
  readonly validation: number[];
  readonly test: number[];
}

/** How {@link stratifiedSplit} cuts. */
export interface SplitOptions {
  /** Share of rows for validation. Default 0.1 */
  readonly validation?: number;
  /** Share of rows for test. Default 0 */
  readonly test?: number;
  readonly seed: number;
}

/**
 * Cuts rows so that every class has nearly the same share of each split. The rows of a class are shuffled with the seed;
 * a split of share `s` gets `round(s · rows)` rows, at least 1, each class `floor(s · its rows)` of them and the
 * classes with the largest remainders one more. Every class keeps at least one row for training. A pure function.
 * @param labels class of each row
 * @param at how to call the file in messages
 * @throws DATA_INVALID where there are too few rows to give every split one; TypeError for shares that are not in [0, 1)
 */
export function stratifiedSplit(labels: readonly number[], options: SplitOptions, at: string): SplitRows {
  const { validation = 0.1, test = 0, seed } = options;
  if (!(validation >= 0 && test >= 0 && validation + test < 1))
    throw new TypeError(`shares must be at least 0 and their sum below 1, not ${validation} and ${test}`);
  const classes = shuffledClasses(labels, seed);
  const sizes = classes.map((rows) => rows.length);
  const take = (share: number, name: string): number[] => {
    const spare = classes.map((rows) => rows.length - 1);
    const counts = allocate(sizes, spare, share);
    if (share > 0 && counts.every((count) => count === 0))
      throw invalid(
        at,
        `enough rows for a ${name} split`,
        `${labels.length} rows of ${classes.length} labels`,
        'Add rows, or give the split as a file of its own.',
      );
    return classes.flatMap((rows, index) => rows.splice(0, counts[index])).sort((a, b) => a - b);
  };
  const testRows = take(test, 'test');
  const validationRows = take(validation, 'validation');
  return { train: classes.flat().sort((a, b) => a - b), validation: validationRows, test: testRows };
}

/**
 * Draws `rows` rows so that every class has nearly its share of them and none is left out. The rows of a class are
 * shuffled with the seed as for {@link stratifiedSplit}. A pure function.
 * @returns row indices, ascending
 * @throws TypeError for fewer rows than classes or more than there are
 */
export function stratifiedSample(labels: readonly number[], options: { rows: number; seed: number }): number[] {
  const { rows, seed } = options;
  const classes = shuffledClasses(labels, seed);
  if (!Number.isInteger(rows) || rows < classes.length || rows > labels.length)
    throw new TypeError(`rows must be a whole number from ${classes.length} to ${labels.length}, not ${rows}`);
  const sizes = classes.map((each) => each.length);
  const counts = allocate(sizes, sizes, rows / labels.length);
  for (const [index, count] of counts.entries()) {
    if (count > 0) continue;
    counts[counts.indexOf(Math.max(...counts))]!--;
    counts[index] = 1;
  }
  return classes.flatMap((each, index) => each.slice(0, counts[index])).sort((a, b) => a - b);
}

/** Row indices of each class, classes by number, rows in an order that seed and row index give. */
function shuffledClasses(labels: readonly number[], seed: number): number[][] {
  const classes = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) {
    const rows = classes.get(label);
    if (rows === undefined) classes.set(label, [row]);
    else rows.push(row);
  }
  const high = Math.floor(seed / 2 ** 32);
  const keys = labels.map((_, row) => hash32(seed, high, row));
  const byLabel = [...classes].sort(([a], [b]) => a - b);
  return byLabel.map(([, rows]) => rows.sort((a, b) => keys[a]! - keys[b]!));
}

/** How many rows each class gives: its share of `sizes`, at most `spare`, by largest remainder. */
function allocate(sizes: readonly number[], spare: readonly number[], share: number): number[] {
  if (share === 0) return sizes.map(() => 0);
  const ideal = sizes.map((size) => size * share);
  const counts = ideal.map((value, index) => Math.min(Math.floor(value), spare[index]!));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let missing = Math.max(1, Math.round(total * share)) - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = [...ideal.keys()].sort((a, b) => (ideal[b]! % 1) - (ideal[a]! % 1) || sizes[b]! - sizes[a]!);
  for (const index of byRemainder) {
    if (missing > 0 && counts[index]! < spare[index]!) {
      counts[index]!++;
      missing--;
    }
  }
  return counts;
}

import type { Example, Split, TaskDeclaration } from '@adapterfusion/contracts';
import { textsHash } from './text-hash.js';

/** How long the rows of a split are. */
export interface Lengths {
  readonly median: number;
  /** Of a hundred rows ninety-five are no longer. */
  readonly p95: number;
  readonly max: number;
  /** Rows of each range of lengths, both ends included. */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly rows: number }[];
}

/** What is known of a split after one look at its rows. */
export interface SplitStatistics {
  readonly split: Split;
  readonly rows: number;
  /** Rows of each label; in multiple choice of each place that the right choice has. Empty in regression. */
  readonly labels: readonly { readonly label: string; readonly rows: number }[];
  /** Regression: the numbers that are asked for. */
  readonly range?: { readonly min: number; readonly mean: number; readonly max: number };
  /** Rows that have no label. */
  readonly unlabelled: number;
  readonly lengths: Lengths;
  /** Share of the tokens that the encoder does not know; absent where words are counted. */
  readonly unknownTokens?: number;
  /** Rows whose texts stood in an earlier row of the split; `conflicting` of them had another label there. */
  readonly duplicates: number;
  readonly conflicting: number;
  readonly first: Example | undefined;
  readonly last: Example | undefined;
}

/** Counts rows as they come by. What it keeps of each is a length and a hash. */
export class SplitCounter {
  /** Hash of a row's texts, and the label that came first with it. */
  readonly seen = new Map<number, number | undefined>();
  readonly #lengths: number[] = [];
  readonly #labels = new Map<number, number>();
  #unlabelled = 0;
  #sum = 0;
  #duplicates = 0;
  #conflicting = 0;
  #first: Example | undefined;
  #last: Example | undefined;

  /** @returns the hash of the row's texts */
  add(example: Example, length: number): number {
    this.#first ??= example;
    this.#last = example;
    this.#lengths.push(length);
    const { label } = example;
    if (label === undefined) this.#unlabelled++;
    else {
      this.#labels.set(label, (this.#labels.get(label) ?? 0) + 1);
      this.#sum += label;
    }
    const hash = textsHash(example);
    if (this.seen.has(hash)) {
      this.#duplicates++;
      if (this.seen.get(hash) !== label) this.#conflicting++;
    } else this.seen.set(hash, label);
    return hash;
  }

  statistics(split: Split, task: TaskDeclaration): SplitStatistics {
    const counts = [...this.#labels].sort(([a], [b]) => a - b);
    const labels =
      task.type === 'classification'
        ? task.labels.map((label, index) => ({ label, rows: this.#labels.get(index) ?? 0 }))
        : counts.map(([place, rows]) => ({ label: `choice ${place + 1}`, rows }));
    const rows = this.#lengths.length;
    const [min, max, mean] = [counts[0]?.[0] ?? NaN, counts.at(-1)?.[0] ?? NaN, this.#sum / (rows - this.#unlabelled)];
    return {
      split,
      rows,
      labels: task.type === 'regression' ? [] : labels,
      ...(task.type === 'regression' && counts.length > 0 ? { range: { min, mean, max } } : {}),
      unlabelled: this.#unlabelled,
      lengths: lengthsOf(this.#lengths),
      duplicates: this.#duplicates,
      conflicting: this.#conflicting,
      first: this.#first,
      last: this.#last,
    };
  }
}

/** Ranges end at powers of two. */
function lengthsOf(given: readonly number[]): Lengths {
  const sorted = Float64Array.from(given).sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const rows = new Map<number, number>();
  for (const length of sorted) {
    const to = 2 ** Math.ceil(Math.log2(Math.max(length, 8)));
    rows.set(to, (rows.get(to) ?? 0) + 1);
  }
  const histogram = [...rows].map(([to, count]) => ({ from: to === 8 ? 1 : to / 2 + 1, to, rows: count }));
  return { median: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? 0, histogram };
}

import type { AnyTaskKind, Example, Split } from '@adapterfusion/contracts';
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
  /**
   * Rows by the task kind's categories; none for a kind without. Where categories are labels: of each label. Otherwise of each
   * category that occurs, sorted by name: places of the right choice, types of entities.
   */
  readonly labels: readonly { readonly label: string; readonly rows: number }[];
  /** Where targets are numbers: which. */
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
  /** Hash of a row's texts, and the target that came first with it, in words. */
  readonly seen = new Map<number, string | undefined>();
  readonly #kind: AnyTaskKind;
  readonly #lengths: number[] = [];
  readonly #categories = new Map<string, number>();
  readonly #numbers = { min: Infinity, max: -Infinity, sum: 0, count: 0 };
  #unlabelled = 0;
  #duplicates = 0;
  #conflicting = 0;
  #first: Example | undefined;
  #last: Example | undefined;

  constructor(kind: AnyTaskKind) {
    this.#kind = kind;
  }

  /** @returns the hash of the row's texts */
  add(example: Example, length: number): number {
    this.#first ??= example;
    this.#last = example;
    this.#lengths.push(length);
    const target = this.#kind.target(example) as unknown;
    if (target === undefined) this.#unlabelled++;
    else this.#count(target);
    const hash = textsHash(this.#kind.texts(example));
    const words = target === undefined ? undefined : this.#kind.describe(target, example);
    if (this.seen.has(hash)) {
      this.#duplicates++;
      if (this.seen.get(hash) !== words) this.#conflicting++;
    } else this.seen.set(hash, words);
    return hash;
  }

  #count(target: unknown): void {
    for (const label of this.#kind.categories?.(target) ?? [])
      this.#categories.set(label, (this.#categories.get(label) ?? 0) + 1);
    if (this.#kind.categories || typeof target !== 'number') return;
    const { min, max, sum, count } = this.#numbers;
    Object.assign(this.#numbers, {
      min: Math.min(min, target),
      max: Math.max(max, target),
      sum: sum + target,
      count: count + 1,
    });
  }

  #rowsByCategory(): SplitStatistics['labels'] {
    const { labels, categories } = this.#kind;
    if (!categories) return [];
    const names = [...this.#categories.keys()];
    const shown = names.every((name) => labels.includes(name))
      ? labels
      : names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    return shown.map((label) => ({ label, rows: this.#categories.get(label) ?? 0 }));
  }

  statistics(split: Split): SplitStatistics {
    const { min, max, sum, count } = this.#numbers;
    return {
      split,
      rows: this.#lengths.length,
      labels: this.#rowsByCategory(),
      ...(count > 0 ? { range: { min, mean: sum / count, max } } : {}),
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

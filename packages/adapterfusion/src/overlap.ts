import type { AnyTaskKind } from '@adapterfusion/contracts';
import type { Targeted } from './rows.js';
import { textsHash } from './text-hash.js';

/** Looks for rows to measure on among those that are trained on, of which nothing is kept. */
export class Overlap {
  readonly #split: string;
  readonly #rows: number;
  readonly #kind: Pick<AnyTaskKind, 'texts'>;
  /** Rows to measure on with the same texts: how many, and the first. */
  readonly #wanted = new Map<number, { rows: number; readonly at: string | undefined }>();
  readonly #found = new Set<number>();

  /** @param split of the rows to measure on, as messages call it */
  constructor(split: string, rows: readonly Pick<Targeted, 'example'>[], kind: Pick<AnyTaskKind, 'texts'>) {
    [this.#split, this.#rows, this.#kind] = [split, rows.length, kind];
    for (const { example } of rows) {
      const hash = textsHash(kind.texts(example));
      const same = this.#wanted.get(hash);
      if (same) same.rows++;
      else this.#wanted.set(hash, { rows: 1, at: example.at });
    }
  }

  /** A row that is trained on. */
  see({ example }: Pick<Targeted, 'example'>): void {
    const hash = textsHash(this.#kind.texts(example));
    if (this.#wanted.has(hash)) this.#found.add(hash);
  }

  /** What to say of the rows that are in both; undefined where there are none. @param name of the data */
  warning(name: string): string | undefined {
    const both = [...this.#wanted].filter(([hash]) => this.#found.has(hash)).map(([, same]) => same);
    const count = both.reduce((sum, { rows }) => sum + rows, 0);
    if (count === 0) return undefined;
    const first = both[0]!.at === undefined ? '' : `, the first at ${both[0]!.at}`;
    return `${name}: ${count} of ${this.#rows} rows in "${this.#split}" with texts that are trained on too${first}.`;
  }
}

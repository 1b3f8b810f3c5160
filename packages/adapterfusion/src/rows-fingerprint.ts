import { sha256 } from '@adapterfusion/checkpoint';
import type { AnyTaskKind } from '@adapterfusion/contracts';
import type { Targeted } from './rows.js';
import { textHash } from './text-hash.js';

/**
 * Makes a fingerprint of rows' texts and targets, in any order: two sets of training rows have the same where their rows are
 * the same. Keeps 8 bytes of each row.
 */
export class RowsFingerprint {
  readonly #kind: Pick<AnyTaskKind, 'texts' | 'describe'>;
  readonly #hashes: number[] = [];

  constructor(kind: Pick<AnyTaskKind, 'texts' | 'describe'>) {
    this.#kind = kind;
  }

  add({ example, target }: Targeted): void {
    const texts = [this.#kind.texts(example), this.#kind.describe(target, example)];
    this.#hashes.push(textHash(JSON.stringify(texts)));
  }

  /** SHA-256 of the hashes of all rows, sorted. */
  digest(): Promise<string> {
    return sha256(Float64Array.from(this.#hashes).sort());
  }
}

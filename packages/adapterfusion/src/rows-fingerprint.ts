import { sha256 } from '@adapterfusion/checkpoint';
import type { Example } from '@adapterfusion/contracts';
import { textHash } from './text-hash.js';

/**
 * Makes a fingerprint of rows' texts and labels, in any order: two sets of training rows have the same where their rows are
 * the same. Keeps 8 bytes of each row.
 */
export class RowsFingerprint {
  readonly #labels: readonly string[];
  readonly #hashes: number[] = [];

  /** @param labels names of the labels; none where a label is a number or a choice */
  constructor(labels: readonly string[]) {
    this.#labels = labels;
  }

  add({ text, pair, choices, label }: Example): void {
    const name = label === undefined ? null : (this.#labels[label] ?? label);
    this.#hashes.push(textHash(JSON.stringify([text, choices ?? pair ?? null, name])));
  }

  /** SHA-256 of the hashes of all rows, sorted. */
  digest(): Promise<string> {
    return sha256(Float64Array.from(this.#hashes).sort());
  }
}

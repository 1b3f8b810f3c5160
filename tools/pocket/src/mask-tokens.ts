import type { HostBatch, RandomKey } from '@adapterfusion/contracts';
import { randomWords, seedsOf } from '@adapterfusion/tensor';
import { SPECIAL } from './cut-vocabulary.js';

/** Share of the tokens that are to be guessed. */
const SHARE = 0.15;

/** A batch with some of its tokens hidden. */
export interface MaskedBatch {
  readonly ids: Int32Array;
  /** Places in `ids` of what is to be guessed; at least one where there is any word. */
  readonly places: number[];
  /** What stood there. */
  readonly answers: number[];
}

/**
 * Hides tokens as BERT does (Devlin et al. 2019, 3.1): 15 % are to be guessed, of which 80 % become [MASK], 10 % another
 * piece and 10 % stay. A function of the batch and the key alone.
 */
export function maskTokens(batch: HostBatch, key: RandomKey, vocabulary: number, maskId: number): MaskedBatch {
  const words = randomWords(seedsOf(key, 'mlm'), 2 * batch.ids.length);
  const uniform = (index: number) => (words[index]! >>> 0) / 2 ** 32;
  const ids = batch.ids.slice();
  const isWord = (at: number) => batch.mask[at] === 1 && batch.ids[at]! >= SPECIAL.length;
  const all = [...batch.ids.keys()].filter(isWord);
  const drawn = all.filter((at) => uniform(2 * at) < SHARE);
  const places = drawn.length > 0 ? drawn : all.slice(0, 1);
  for (const at of places) {
    const kind = uniform(2 * at + 1);
    if (kind < 0.8) ids[at] = maskId;
    else if (kind < 0.9) ids[at] = SPECIAL.length + Math.floor(((kind - 0.8) / 0.1) * (vocabulary - SPECIAL.length));
  }
  return { ids, places, answers: places.map((at) => batch.ids[at]!) };
}

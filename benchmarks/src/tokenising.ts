import { loadTokenizer } from '@adapterfusion/runtime';
import { pad, type Tokenizer } from '@adapterfusion/text';
import { filesOf } from 'adapterfusion';
import { rteRows, type Pair } from './rte.js';
import { sharedPlaces } from './shared.js';
import type { Prepared } from './stepper.js';
import { PAIRS_A_STEP, type Work } from './work.js';

/** Turns the next pairs of RTE into padded batches of token ids, over and over. */
export async function tokenising({ batch, length }: Work): Promise<Prepared> {
  const tokenizer = await loadTokenizer(filesOf(), sharedPlaces().model);
  const { rows } = await rteRows();
  const all = batches(rows.slice(0, PAIRS_A_STEP), tokenizer, batch, length);
  const sum = all.flatMap(({ ids }) => [...ids]).reduce((a, b) => a + b, 0);
  let next = 0;
  return {
    answer: `ids that sum up to ${sum} over ${PAIRS_A_STEP} pairs`,
    step: () => {
      const pairs = Array.from({ length: PAIRS_A_STEP }, () => rows[next++ % rows.length]!);
      const begun = performance.now();
      batches(pairs, tokenizer, batch, length);
      return Promise.resolve(performance.now() - begun);
    },
  };
}

function batches(pairs: readonly Pair[], tokenizer: Tokenizer, batch: number, maxLength: number) {
  return Array.from({ length: Math.ceil(pairs.length / batch) }, (_, index) =>
    pad(
      pairs
        .slice(index * batch, (index + 1) * batch)
        .map(({ text, pair }) => ({ group: [tokenizer.encode(text, pair, { maxLength })] })),
      { padId: tokenizer.padId },
    ),
  );
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTokenizer, tokenizerFromMerges } from './index.js';

/* What fixtures/subwords.py wrote with the Python tokenizers. */

const text = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
const json = (name: string): unknown => JSON.parse(text(name));
interface Row {
  readonly text: string;
  readonly pair: string | null;
  readonly maxLength: number;
  readonly ids: number[];
}
const rows = json('subwords.json') as Record<'bpe' | 'unigram', Row[]>;
const merges = text('merges.txt').split('\n');

describe.each([
  ['bpe', createTokenizer(json('bpe/tokenizer.json'), json('bpe/tokenizer_config.json'), 'bpe')],
  ['bpe', tokenizerFromMerges(json('vocab.json'), merges, 'files')],
  ['unigram', createTokenizer(json('unigram/tokenizer.json'), json('unigram/tokenizer_config.json'), 'unigram')],
] as const)('%s', (kind, tokenizer) => {
  it.each(rows[kind])('$text | $pair, at most $maxLength tokens', ({ text: first, pair, maxLength, ids }) => {
    expect(tokenizer.encode(first, pair ?? undefined, { maxLength }).ids).toEqual(ids);
  });

  it('knows its special tokens', () => {
    expect(tokenizer).toMatchObject({ clsId: 0, padId: 1, sepId: 2, maskId: 4, unknownId: 3 });
  });
});

describe('vocab.json and merges.txt', () => {
  it.each([
    [[], merges, 'vocab.json to be an object'],
    [{ '<s>': 0 }, merges, 'the token <pad>'],
    [json('vocab.json'), ['#version: 0.2', 'a b', 'three are many'], 'merges.txt:3: expected two tokens'],
  ])('are refused where they are damaged', (vocab, lines, message) => {
    const wanted = expect.objectContaining({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining(message),
    }) as Error;
    expect(() => tokenizerFromMerges(vocab, lines, 'm')).toThrow(wanted);
  });
});

import { describe, expect, it } from 'vitest';
import type { TaskTokenizer } from '@adapterfusion/contracts';
import { tokenOffsets } from './offsets.js';
import { createTokenizer } from './tokenizer.js';

const words = (text: string, offsets: readonly (readonly [number, number])[]): string[] =>
  offsets.map(([start, end]) => text.slice(start, end));

const vocab = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'cafe', '##s', ',', '.', 'new', 'york', 'a', '中', '##b'];
const wordpiece = createTokenizer(
  {
    model: {
      type: 'WordPiece',
      vocab: Object.fromEntries(vocab.map((token, id) => [token, id])),
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
    },
    normalizer: { type: 'BertNormalizer', lowercase: true, strip_accents: null, clean_text: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
  },
  {},
  'tokenizer.json',
);

describe('of WordPiece', () => {
  it.each([
    ['New York, a café.', ['New', 'York', ',', 'a', 'café', '.']],
    ['Cafés  中a', ['Café', 's', '中', 'a']],
    ['  new\n\tYork ', ['new', 'York']],
    ['cafe\u0301s a', ['cafe\u0301', 's', 'a']],
    // Words that the vocabulary lacks, punctuation beside them.
    ['☃zzz, new', ['☃zzz', ',', 'new']],
    ['zzz.yyy, york', ['zzz', '.', 'yyy', ',', 'york']],
    ['', []],
  ])('%j', (text, expected) => {
    const { ids, offsets } = tokenOffsets(wordpiece, text);
    expect(words(text, offsets).map((each) => each.normalize())).toEqual(expected.map((each) => each.normalize()));
    expect(ids).toHaveLength(expected.length);
  });
});

const fake = (spelling: TaskTokenizer['spelling'], tokens: readonly string[]): TaskTokenizer =>
  ({
    spelling,
    normalize: (text: string) => text.normalize('NFKC'),
    tokenize: () => ({ ids: tokens.map((_, id) => id), tokens }),
  }) as unknown as TaskTokenizer;

it('of byte-level BPE: a character for each byte, with or without a space before the text', () => {
  const text = 'Ünï new🙂';
  // Ü and ï have two bytes each, the picture four.
  const tokens = ['Ãľ', 'n', 'Ã¯', 'Ġnew', 'ðŁĻĤ'];
  const expected = ['Ü', 'n', 'ï', 'new', '🙂'];
  expect(words(text, tokenOffsets(fake('byte-level', tokens), text).offsets)).toEqual(expected);
  expect(words(text, tokenOffsets(fake('byte-level', ['ĠÃľ', ...tokens.slice(1)]), text).offsets)).toEqual(expected);
});

it('of pieces that mark spaces', () => {
  const text = 'New  York.';
  expect(words(text, tokenOffsets(fake('metaspace', ['▁New', '▁Yo', 'rk', '.']), text).offsets)).toEqual([
    'New',
    'Yo',
    'rk',
    '.',
  ]);
});

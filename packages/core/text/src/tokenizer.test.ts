import { existsSync, readFileSync } from 'node:fs';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from './tokenizer.js';
import { tokenizerFromVocab } from './vocab.js';

const words = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  'the',
  'cat',
  'sat',
  '##s',
  '.',
  '𠀀',
  '𠀁',
  'σ',
  '##ς',
  '##σ',
];
const tiny = tokenizerFromVocab(words, { lowercase: true }, 'vocab.txt');
const long = { maxLength: 32 };

interface Expected {
  encodings: { text: string; pair: string | null; maxLength: number; ids: number[]; types: number[] }[];
}
const expected = JSON.parse(readFileSync(new URL('../fixtures/expected.json', import.meta.url), 'utf8')) as Expected;
const model = new URL('../../../../../shared/models/all-MiniLM-L6-v2/', import.meta.url);
const absent = existsSync(model) ? '' : ' (skipped: ../shared is absent)';
const read = (name: string) => readFileSync(new URL(name, model), 'utf8');

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (AdapterFusionError.is(error)) return `${error.code} ${error.at}`;
    throw error;
  }
  return 'no error';
}

describe('encode with a vocabulary of 15 words', () => {
  it('adds special tokens and token types', () => {
    expect(tiny.encode('The cats', undefined, long)).toEqual({
      ids: [2, 5, 6, 8, 3],
      types: [0, 0, 0, 0, 0],
      truncated: false,
    });
    expect(tiny.encode('the', 'cat.', long)).toEqual({
      ids: [2, 5, 3, 6, 9, 3],
      types: [0, 0, 0, 1, 1, 1],
      truncated: false,
    });
    expect(tiny).toMatchObject({ vocabSize: 15, padId: 0, clsId: 2, sepId: 3, maskId: 4, unknownId: 1 });
  });

  it('keeps an empty second text a second text', () => {
    expect(tiny.encode('the', '', long).ids).toEqual([2, 5, 3, 3]);
    expect(tiny.encode('the', undefined, long).ids).toEqual([2, 5, 3]);
  });

  it('cuts a single text at its end and says so', () => {
    expect(tiny.encode('the cat sat', undefined, { maxLength: 4 })).toMatchObject({
      ids: [2, 5, 6, 3],
      truncated: true,
    });
    expect(tiny.encode('the cat', undefined, { maxLength: 4 })).toMatchObject({ ids: [2, 5, 6, 3], truncated: false });
  });

  it('splits ideographs beyond U+FFFF and lower-cases a last sigma as Python does', () => {
    expect(tiny.encode('𠀀𠀁', undefined, long).ids).toEqual([2, 10, 11, 3]);
    expect(tiny.encode('ΣΣ', undefined, long).ids).toEqual([2, 12, 14, 3]);
  });

  it('keeps upper case in a cased vocabulary', () => {
    const cased = tokenizerFromVocab(words, { lowercase: false }, 'vocab.txt');
    expect(cased.encode('The the', undefined, long).ids).toEqual([2, 1, 5, 3]);
  });

  it('refuses a length that has no room for a token', () => {
    expect(codeOf(() => tiny.encode('the', undefined, { maxLength: 2 }))).toBe('OPTIONS_INVALID maxLength');
    expect(codeOf(() => tiny.encode('the', 'cat', { maxLength: 3 }))).toBe('OPTIONS_INVALID maxLength');
    expect(codeOf(() => tiny.encode('the', undefined, { maxLength: 4.5 }))).toBe('OPTIONS_INVALID maxLength');
  });
});

describe('createTokenizer', () => {
  const json = (change: object) => ({
    normalizer: {
      type: 'BertNormalizer',
      lowercase: true,
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] },
    model: { type: 'WordPiece', unk_token: '[UNK]', vocab: Object.fromEntries(words.map((word, id) => [word, id])) },
    ...change,
  });

  it('reads a file without decoder, truncation and added tokens', () => {
    expect(createTokenizer(json({}), undefined, 't').encode('the', undefined, long).ids).toEqual([2, 5, 3]);
  });

  it('lets tokenizer_config decide about case', () => {
    const cased = createTokenizer(json({}), { do_lower_case: false }, 't');
    expect(cased.encode('The', undefined, long).ids).toEqual([2, 1, 3]);
  });

  it('takes special tokens from tokenizer_config, as a name or an object', () => {
    expect(createTokenizer(json({}), { pad_token: 'cat', sep_token: { content: '.' } }, 't')).toMatchObject({
      padId: 6,
      sepId: 9,
    });
  });

  it('fills up with the end of a text, or with 0, where there is no token for it', () => {
    const without = (more: object): object =>
      json({
        model: {
          type: 'WordPiece',
          unk_token: '[UNK]',
          vocab: { '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, the: 5, ...more },
        },
      });
    expect(createTokenizer(without({}), undefined, 't').padId).toBe(0);
    expect(createTokenizer(without({ '</s>': 7 }), undefined, 't').padId).toBe(7);
    expect(createTokenizer(without({}), { pad_token: null }, 't').padId).toBe(0);
    expect(() => createTokenizer(without({}), { pad_token: '<fill>' }, 't')).toThrow('a pad_token (as');
  });

  it('follows RobertaProcessing and a Sequence', () => {
    const processors = [{ type: 'ByteLevel' }, { type: 'RobertaProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] }];
    const roberta = createTokenizer(json({ post_processor: { type: 'Sequence', processors } }), {}, 't');
    expect(roberta.encode('the', 'cat', long)).toMatchObject({ ids: [2, 5, 3, 3, 6, 3], types: [0, 0, 0, 0, 0, 0] });
  });

  it.each([
    ['a list', [], 'FILE_CORRUPT t'],
    ['null', null, 'FILE_CORRUPT t'],
    ['no model', json({ model: undefined }), 'FILE_CORRUPT t'],
    ['a vocabulary that is a number', json({ model: { type: 'WordPiece', vocab: 3 } }), 'FILE_CORRUPT t'],
    ['ids that are strings', json({ model: { type: 'WordPiece', vocab: { a: '0' } } }), 'FILE_CORRUPT t'],
    ['added_tokens that are a string', json({ added_tokens: 'x' }), 'FILE_CORRUPT t'],
    ['an added token without content', json({ added_tokens: [{ id: 1 }] }), 'FILE_CORRUPT t'],
    [
      'a vocabulary without [CLS]',
      json({ model: { type: 'WordPiece', unk_token: '[UNK]', vocab: { '[PAD]': 0, '[UNK]': 1 } } }),
      'FILE_CORRUPT t',
    ],
    [
      'a broken template',
      json({ post_processor: { type: 'TemplateProcessing', single: [{ Sequence: {} }] } }),
      'FILE_CORRUPT t',
    ],
    ['an unknown post-processor', json({ post_processor: { type: 'Other' } }), 'UNSUPPORTED t'],
    ['an unknown pre-tokenizer', json({ pre_tokenizer: { type: 'Other' } }), 'UNSUPPORTED t'],
    ['an unknown model', json({ model: { type: 'Other', vocab: {} } }), 'UNSUPPORTED t'],
  ])('refuses %s', (_, file, code) => {
    expect(codeOf(() => createTokenizer(file, undefined, 't'))).toBe(code);
  });
});

describe('tokenizerFromVocab', () => {
  it('takes lines that end in CR, and an empty last line', () => {
    const crlf = [...words.map((word) => `${word}\r`), ''];
    expect(tokenizerFromVocab(crlf, { lowercase: true }, 'v').encode('cat', undefined, long).ids).toEqual([2, 6, 3]);
  });

  it('refuses a repeated token with its line, and a missing special token', () => {
    expect(codeOf(() => tokenizerFromVocab([...words, 'the'], { lowercase: true }, 'v'))).toBe('FILE_CORRUPT v:16');
    expect(codeOf(() => tokenizerFromVocab(['[PAD]', 'the'], { lowercase: true }, 'v'))).toBe('FILE_CORRUPT v');
  });
});

describe.skipIf(absent)(`against the Python tokenizers, vocabulary of all-MiniLM-L6-v2${absent}`, () => {
  const load = () =>
    createTokenizer(JSON.parse(read('tokenizer.json')), JSON.parse(read('tokenizer_config.json')), 'tokenizer.json');

  it.each(expected.encodings)('$text | $pair at $maxLength', ({ text, pair, maxLength, ids, types }) => {
    expect(load().encode(text, pair ?? undefined, { maxLength })).toMatchObject({ ids, types });
  });

  it('vocab.txt alone gives the same ids', () => {
    const fromVocab = tokenizerFromVocab(read('vocab.txt').split('\n'), { lowercase: true }, 'vocab.txt');
    for (const { text, pair, maxLength, ids } of expected.encodings)
      expect(fromVocab.encode(text, pair ?? undefined, { maxLength }).ids).toEqual(ids);
  });
});

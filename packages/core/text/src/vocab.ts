import { AdapterFusionError } from '@adapterfusion/contracts';
import { createTokenizer, type Tokenizer } from './tokenizer.js';

/**
 * A BERT tokenizer from vocab.txt alone, for model folders without tokenizer.json.
 * @param lines the file's lines, one token a line, the line number (from 0) being the id; an empty last line is left out
 * @param options.lowercase true for an uncased model
 * @param at how to call the file in messages
 * @throws FILE_CORRUPT where a special token is missing or a token stands twice
 */
export function tokenizerFromVocab(
  lines: readonly string[],
  options: { readonly lowercase: boolean },
  at: string,
): Tokenizer {
  const tokens = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  const ids = new Map<string, number>();
  for (const [index, line] of tokens.entries()) {
    const token = line.replace(/\r$/, '');
    if (ids.has(token)) throw corrupt(`${at}:${index + 1}`, 'every token once', JSON.stringify(token));
    ids.set(token, index);
  }
  const id = (token: string): number => {
    const found = ids.get(token);
    if (found === undefined) throw corrupt(at, `the token ${token}`, `${ids.size} tokens without it`);
    return found;
  };
  const specials = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', ...(ids.has('[MASK]') ? ['[MASK]'] : [])];
  const json = {
    added_tokens: specials.map((content) => ({ id: id(content), content, special: true, normalized: false })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: options.lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', id('[CLS]')], sep: ['[SEP]', id('[SEP]')] },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
  return createTokenizer(json, undefined, at);
}

function corrupt(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('FILE_CORRUPT', { at, expected, got, fix: 'Fetch vocab.txt of the model again.' });
}

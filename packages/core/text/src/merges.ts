import { AdapterFusionError } from '@adapterfusion/contracts';
import { isRecord } from './json.js';
import { createTokenizer, type Tokenizer } from './tokenizer.js';

const SPECIALS = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] as const;

/**
 * A RoBERTa tokenizer (byte pairs on bytes) from vocab.json and merges.txt, for model folders without tokenizer.json.
 * @param vocab vocab.json, parsed: ids by token
 * @param merges the lines of merges.txt: two tokens that are joined, the earlier the sooner; a first line may name a version
 * @param at how to call the folder in messages
 * @throws FILE_CORRUPT where a special token is missing or a line is no pair
 */
export function tokenizerFromMerges(vocab: unknown, merges: readonly string[], at: string): Tokenizer {
  if (!isRecord(vocab)) throw corrupt(at, 'vocab.json to be an object of tokens', JSON.stringify(vocab) ?? 'nothing');
  const id = (token: string): number => {
    const found = vocab[token];
    if (typeof found === 'number') return found;
    throw corrupt(at, `the token ${token} in vocab.json`, `${Object.keys(vocab).length} tokens without it`);
  };
  const pairs = merges.flatMap((line, index) => {
    const text = line.replace(/\r$/, '');
    if (text === '' || (index === 0 && text.startsWith('#version'))) return [];
    if (!/^\S+ \S+$/.test(text)) throw corrupt(`${at}: merges.txt:${index + 1}`, 'two tokens', JSON.stringify(text));
    return [text];
  });
  const json = {
    added_tokens: SPECIALS.map((content) => ({
      id: id(content),
      content,
      special: true,
      lstrip: content === '<mask>',
      normalized: content !== '<mask>',
    })),
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: 'RobertaProcessing', sep: ['</s>', id('</s>')], cls: ['<s>', id('<s>')] },
    model: { type: 'BPE', continuing_subword_prefix: '', end_of_word_suffix: '', vocab, merges: pairs },
  };
  return createTokenizer(json, undefined, at);
}

function corrupt(at: string, expected: string, got: string): AdapterFusionError {
  return new AdapterFusionError('FILE_CORRUPT', { at, expected, got, fix: 'Fetch vocab.json and merges.txt again.' });
}

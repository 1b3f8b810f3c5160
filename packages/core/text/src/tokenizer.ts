import {
  AdapterFusionError,
  type AssembledEncoding,
  type Encoding,
  type TaskTokenizer,
} from '@adapterfusion/contracts';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { normalizeBert, type BertNormalizerSettings } from './bert-normalizer.js';
import { isRecord } from './json.js';
import { readTemplate, type Template } from './template.js';
import { longestFirst } from './truncate.js';

/** Turns text into token ids. */
export interface Tokenizer extends TaskTokenizer {
  /** One more than the largest id. */
  readonly vocabSize: number;
  /** Fills rows up, where nothing is read; where the tokenizer has no token for that, its end of a text, or 0. */
  readonly padId: number;
  readonly clsId: number;
  readonly sepId: number;
  /** Undefined where the vocabulary has no mask token. */
  readonly maskId: number | undefined;
  /** The token of what the vocabulary lacks; undefined where it has none. */
  readonly unknownId: number | undefined;
  /**
   * The row of a text or a pair. What does not fit is cut from the ends of the texts, longest first.
   * @param pair the second text; undefined for a single one (an empty second text still is one)
   * @param options.maxLength most tokens in the row, special tokens included
   * @throws OPTIONS_INVALID when the special tokens alone do not fit
   */
  encode(text: string, pair: string | undefined, options: { readonly maxLength: number }): Required<Encoding>;
}

/**
 * A tokenizer from the hub's files. `truncation` and `padding` of the file are not used. Settings in tokenizer_config
 * (`do_lower_case`, `strip_accents`, `tokenize_chinese_chars`) go before those of a BertNormalizer, as in Hugging Face.
 * For BERT the ids equal those of the Python tokenizers, but for some 650 rare characters: marks, punctuation and format
 * characters that Unicode gained after version 8, which Python takes for letters (U+09FD is one). For RoBERTa they are
 * equal; for XLM-R too, but around joiners of no width, as in pictures that several make up.
 * @param tokenizerJson tokenizer.json, parsed
 * @param tokenizerConfig tokenizer_config.json, parsed; undefined where there is none
 * @param at how to call the file in messages
 * @throws FILE_CORRUPT; UNSUPPORTED for a kind of tokenizer that is not known
 */
export function createTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown, at: string): Tokenizer {
  const config = tokenizerConfig ?? {};
  if (!isRecord(tokenizerJson)) throw corrupt(at, 'a JSON object', tokenizerJson);
  if (!isRecord(config)) throw corrupt(at, 'tokenizer_config.json to be a JSON object', config);
  const vocabSize = checkVocabulary(tokenizerJson, at);
  const template = readTemplate(tokenizerJson['post_processor'], at);
  const library = openLibrary(tokenizerJson, config, at);
  const special = (key: string, ...names: string[]): number | undefined => {
    const given = config[key];
    const name = isRecord(given) ? given['content'] : given;
    for (const candidate of typeof name === 'string' ? [name] : names) {
      const id = library.token_to_id(candidate);
      if (id !== undefined) return id;
    }
    return undefined;
  };
  const required = (key: string, ...names: string[]): number => {
    const id = special(key, ...names);
    if (id === undefined)
      throw corrupt(
        at,
        `a vocabulary with a ${key} (${names.join(' or ') || 'as tokenizer_config.json names it'})`,
        'none',
      );
    return id;
  };
  const tokensOf = (text: string) => library.encode(text, { add_special_tokens: false }).ids;
  return Object.freeze({
    vocabSize,
    padId:
      (config['pad_token'] ?? null) === null
        ? (special('pad_token', '[PAD]', '<pad>') ?? special('eos_token', '</s>', '<|endoftext|>') ?? 0)
        : required('pad_token'),
    clsId: required('cls_token', '[CLS]', '<s>'),
    sepId: required('sep_token', '[SEP]', '</s>'),
    maskId: special('mask_token', '[MASK]', '<mask>'),
    unknownId: special('unk_token', '[UNK]', '<unk>'),
    encode: (text: string, pair: string | undefined, options: { readonly maxLength: number }) =>
      fit(template, tokensOf(text), pair === undefined ? undefined : tokensOf(pair), options.maxLength),
    tokenize: (text: string) => library.encode(text, { add_special_tokens: false }),
    spelling: spellingOf(tokenizerJson),
    normalize: (text: string) => library.normalizer?.(text) ?? text,
    assemble: (first: readonly number[], second?: readonly number[]) => assemble(template, first, second),
  });
}

/** Puts the tokens that fit into a template. */
function fit(
  template: Template,
  first: readonly number[],
  second: readonly number[] | undefined,
  maxLength: number,
): Required<Encoding> {
  const slots = second === undefined ? template.single : template.pair;
  const room = maxLength - slots.filter((slot) => 'id' in slot).length;
  if (!Number.isInteger(maxLength) || room < 1)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'maxLength',
      expected: `a whole number of at least ${slots.filter((slot) => 'id' in slot).length + 1}`,
      got: String(maxLength),
      fix: 'Special tokens need room too; 128 suits most tasks.',
    });
  const [keptFirst, keptSecond] = second ? longestFirst(first.length, second.length, room) : [room, 0];
  const { ids, types } = assemble(template, first.slice(0, keptFirst), second?.slice(0, keptSecond));
  return { ids, types, truncated: first.length + (second?.length ?? 0) > room };
}

function assemble(template: Template, first: readonly number[], second?: readonly number[]): AssembledEncoding {
  const slots = second ? template.pair : template.single;
  const parts = { A: first, B: second ?? [] };
  const ids: number[] = [];
  const types: number[] = [];
  const starts: number[] = [];
  for (const slot of slots) {
    if (!('id' in slot)) starts[slot.text === 'A' ? 0 : 1] = ids.length;
    const tokens = 'id' in slot ? [slot.id] : parts[slot.text];
    ids.push(...tokens);
    for (let token = 0; token < tokens.length; token++) types.push(slot.type);
  }
  return { ids, types, starts };
}

function spellingOf(json: JsonRecord): Tokenizer['spelling'] {
  const { model, pre_tokenizer: split } = json;
  if (JSON.stringify(split ?? null).includes('"ByteLevel"')) return 'byte-level';
  return isRecord(model) && model['type'] === 'WordPiece' ? 'wordpiece' : 'metaspace';
}

/** What is used of `@huggingface/tokenizers`, whose own declarations do not resolve under nodenext. */
interface Library {
  normalizer: ((text: string) => string) | null;
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[]; tokens: string[] };
  token_to_id(token: string): number | undefined;
}

const Construct = HuggingFaceTokenizer as unknown as new (json: object, config: object) => Library;

const KINDS: readonly unknown[] = ['WordPiece', 'BPE', 'Unigram'];

type JsonRecord = { readonly [key: string]: unknown };

function openLibrary(json: JsonRecord, config: JsonRecord, at: string): Library {
  const normalizer = json['normalizer'];
  const bert = isRecord(normalizer) && normalizer['type'] === 'BertNormalizer';
  const kind = isRecord(json['model']) ? json['model']['type'] : undefined;
  try {
    if (kind !== undefined && !KINDS.includes(kind)) throw new Error(`a model of type ${JSON.stringify(kind)}`);
    const nothing = { normalizer: null, pre_tokenizer: null, decoder: null, added_tokens: [] };
    const library = new Construct({ ...nothing, ...json, post_processor: null }, config);
    if (bert) {
      const settings = bertSettings(normalizer, config);
      library.normalizer = (text) => normalizeBert(text, settings);
    }
    return library;
  } catch (cause) {
    throw new AdapterFusionError('UNSUPPORTED', {
      at,
      expected: 'a tokenizer that @huggingface/tokenizers reads',
      got: cause instanceof Error ? cause.message : String(cause),
      fix: 'Save tokenizer.json again with current Hugging Face tokenizers.',
      cause,
    });
  }
}

function bertSettings(normalizer: JsonRecord, config: JsonRecord): BertNormalizerSettings {
  const flag = (configKey: string, key: string): boolean | undefined =>
    [config[configKey], normalizer[key]].find((value) => typeof value === 'boolean');
  return {
    clean_text: normalizer['clean_text'] !== false,
    handle_chinese_chars: flag('tokenize_chinese_chars', 'handle_chinese_chars') ?? true,
    strip_accents: flag('strip_accents', 'strip_accents') ?? null,
    lowercase: flag('do_lower_case', 'lowercase') ?? true,
  };
}

function checkVocabulary(json: JsonRecord, at: string): number {
  const model = json['model'];
  if (!isRecord(model)) throw corrupt(at, 'an object "model"', model);
  const added: unknown = json['added_tokens'] ?? [];
  if (!Array.isArray(added)) throw corrupt(at, '"added_tokens" to be a list', added);
  const vocab = model['vocab'];
  if (!isRecord(vocab) && !Array.isArray(vocab)) throw corrupt(at, '"model.vocab" with the tokens', vocab);
  const ids: unknown[] = Array.isArray(vocab) ? [...vocab.keys()] : Object.values(vocab);
  for (const token of added) ids.push(isRecord(token) && typeof token['content'] === 'string' ? token['id'] : token);
  let size = 0;
  for (const id of ids) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) throw corrupt(at, 'whole numbers as token ids', id);
    size = Math.max(size, id + 1);
  }
  return size;
}

function corrupt(at: string, expected: string, got: unknown): AdapterFusionError {
  const shown = typeof got === 'string' ? got : (JSON.stringify(got)?.slice(0, 80) ?? 'nothing');
  return new AdapterFusionError('FILE_CORRUPT', { at, expected, got: shown, fix: 'Fetch the file again.' });
}

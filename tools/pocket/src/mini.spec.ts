import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '@adapterfusion/checkpoint';
import { hash32 } from '@adapterfusion/contracts';
import type { Recipe } from './recipe.js';

const WORDS =
  'the a red old new big small cat dog bird house table tree runs sleeps sees likes under near on and but very'.split(
    ' ',
  );
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz0123456789.,!?'];
const PIECES = [
  ...new Set(['[PAD]', '[unused0]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...LETTERS, ...WORDS, 'rare', '##s', '##ing']),
];
const HIDDEN = 24;

/** A recipe that takes seconds. */
export function miniRecipe(folder: string): Recipe {
  return {
    corpus: join(folder, 'corpus.txt'),
    teacher: join(folder, 'teacher'),
    state: join(folder, 'state'),
    seed: 3,
    vocabulary: 66,
    tokens: 40_000,
    maxLength: 24,
    heldOut: 128,
    layers: 1,
    hidden: 8,
    heads: 2,
    inner: 16,
    epochs: 1,
    batchSize: 64,
    learningRate: 0.01,
    checkpointEvery: 7,
  };
}

/** Writes a corpus of three thousand paragraphs and a random teacher of two layers. */
export function writeMini(folder: string): Recipe {
  const recipe = miniRecipe(folder);
  writeFileSync(recipe.corpus, corpusText(3000));
  writeTeacher(recipe.teacher);
  return recipe;
}

export function corpusText(paragraphs: number): string {
  return Array.from({ length: paragraphs }, (_, paragraph) => {
    const sentence = (index: number) => {
      const length = 4 + (hash32(paragraph, index) % 5);
      const words = Array.from({ length }, (_, at) => WORDS[hash32(paragraph, index, at) % WORDS.length]!);
      return `${words.join(' ')}.`.replace(/^./, (letter) => letter.toUpperCase());
    };
    return [0, 1, 2].map(sentence).join(' ');
  }).join('\n');
}

/** @param changes to config.json */
export function writeTeacher(folder: string, changes: object = {}): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  write('config.json', {
    model_type: 'bert',
    hidden_size: HIDDEN,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 32,
    vocab_size: PIECES.length,
    max_position_embeddings: 256,
    type_vocab_size: 2,
    hidden_act: 'gelu',
    ...changes,
  });
  const special = (content: string) => ({ id: PIECES.indexOf(content), content, special: true, normalized: false });
  write('tokenizer.json', {
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map(special),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', 3], sep: ['[SEP]', 4] },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(PIECES.map((piece, id) => [piece, id])),
    },
  });
  write('tokenizer_config.json', { do_lower_case: true });
  writeFileSync(join(folder, 'model.safetensors'), writeSafetensors(teacherTensors()));
}

function teacherTensors() {
  const shapes: [string, number[]][] = [
    ['embeddings.word_embeddings.weight', [PIECES.length, HIDDEN]],
    ['embeddings.position_embeddings.weight', [256, HIDDEN]],
    ['embeddings.token_type_embeddings.weight', [2, HIDDEN]],
  ];
  const dense = (name: string, shape: number[]) =>
    shapes.push([`${name}.weight`, shape], [`${name}.bias`, shape.slice(0, 1)]);
  dense('embeddings.LayerNorm', [HIDDEN]);
  for (const layer of [0, 1]) {
    const at = `encoder.layer.${layer}`;
    for (const name of ['attention.self.query', 'attention.self.key', 'attention.self.value', 'attention.output.dense'])
      dense(`${at}.${name}`, [HIDDEN, HIDDEN]);
    dense(`${at}.intermediate.dense`, [32, HIDDEN]);
    dense(`${at}.output.dense`, [HIDDEN, 32]);
    for (const name of ['attention.output', 'output']) dense(`${at}.${name}.LayerNorm`, [HIDDEN]);
  }
  return shapes.map(([name, shape], tensor) => {
    const size = shape.reduce((product, width) => product * width, 1);
    const one = /LayerNorm\.weight$/.test(name) ? 1 : 0;
    const value = (_: unknown, index: number) => one + (hash32(tensor, index) / 2 ** 32 - 0.5) * (one ? 0.1 : 0.8);
    return { name, shape, data: Float32Array.from({ length: size }, value) };
  });
}

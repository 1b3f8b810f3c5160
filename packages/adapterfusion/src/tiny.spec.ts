import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A tensor to write: values are float32. */
export interface Tiny {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const FRUITS = ['apple', 'pear', 'plum', 'grape', 'melon', 'cherry', 'lemon', 'peach', 'mango', 'fig'];
const TOOLS = ['hammer', 'saw', 'drill', 'wrench', 'chisel', 'plane', 'file', 'clamp', 'level', 'pliers'];
const OTHERS = [
  'the',
  'a',
  'is',
  'on',
  'under',
  'near',
  'table',
  'house',
  'red',
  'old',
  'new',
  'big',
  'small',
  'we',
  'see',
];
const HIDDEN = 32;
const INNER = 64;
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '.', ...FRUITS, ...TOOLS, ...OTHERS];
const CONFIG = {
  model_type: 'bert',
  hidden_size: HIDDEN,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: INNER,
  vocab_size: VOCABULARY.length,
  max_position_embeddings: 24,
  type_vocab_size: 2,
  hidden_act: 'gelu',
};

/** Numbers in [0, 1) from a seed. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Writes a random encoder of two layers in the hub's layout. */
export function writeEncoder(folder: string, seed: number): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(CONFIG));
  writeFileSync(join(folder, 'vocab.txt'), `${VOCABULARY.join('\n')}\n`);
  writeFileSync(join(folder, 'model.safetensors'), safetensors(encoderTensors(seed)));
}

export function encoderTensors(seed: number): Tiny[] {
  const next = random(seed);
  const tensors: Tiny[] = [];
  const add = (name: string, shape: number[], value: () => number): void => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    tensors.push({ name, shape, data: Float32Array.from({ length: size }, value) });
  };
  const weight = (name: string, shape: number[]): void => add(name, shape, () => (next() - 0.5) * 0.6);
  const dense = (name: string, out: number, width: number): void => {
    weight(`${name}.weight`, [out, width]);
    weight(`${name}.bias`, [out]);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [HIDDEN], () => 1);
    add(`${name}.bias`, [HIDDEN], () => 0);
  };
  weight('embeddings.word_embeddings.weight', [VOCABULARY.length, HIDDEN]);
  weight('embeddings.position_embeddings.weight', [CONFIG.max_position_embeddings, HIDDEN]);
  weight('embeddings.token_type_embeddings.weight', [2, HIDDEN]);
  norm('embeddings.LayerNorm');
  for (const at of ['encoder.layer.0', 'encoder.layer.1']) {
    for (const part of ['self.query', 'self.key', 'self.value', 'output.dense'])
      dense(`${at}.attention.${part}`, HIDDEN, HIDDEN);
    norm(`${at}.attention.output.LayerNorm`);
    dense(`${at}.intermediate.dense`, INNER, HIDDEN);
    dense(`${at}.output.dense`, HIDDEN, INNER);
    norm(`${at}.output.LayerNorm`);
  }
  return tensors;
}

/** A safetensors file. @param edit changes the header before it is written */
export function safetensors(
  tensors: readonly Tiny[],
  edit: (
    header: Record<string, { dtype: string; shape: readonly number[]; data_offsets: number[] }>,
  ) => void = () => {},
): Uint8Array {
  let offset = 0;
  const header = Object.fromEntries(
    tensors.map(({ name, shape, data }) => {
      const data_offsets = [offset, (offset += data.byteLength)];
      return [name, { dtype: 'F32', shape, data_offsets }];
    }),
  );
  edit(header);
  const words = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(words.length));
  return Buffer.concat([length, words, ...tensors.map(({ data }) => Buffer.from(data.buffer))]);
}

/** Rows `text⇥pair⇥label`: a text about a fruit or a tool; `swap` makes the second text decide. */
export function rows(count: number, seed: number, swap = false): string {
  const next = random(seed);
  const pick = (words: readonly string[]): string => words[Math.floor(next() * words.length)]!;
  const lines = Array.from({ length: count }, (_, index) => {
    const fruit = index % 2 === 0;
    const own = Array.from({ length: 3 + Math.floor(next() * 4) }, () => pick(fruit ? FRUITS : TOOLS)).join(' ');
    const other = `we see the ${pick(OTHERS)}`;
    return [...(swap ? [other, own] : [own, other]), fruit ? 'fruit' : 'tool'].join('\t');
  });
  return `text\tpair\tlabel\n${lines.join('\n')}\n`;
}

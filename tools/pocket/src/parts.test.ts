import { parseSafetensors, writeSafetensors } from '@adapterfusion/checkpoint';
import { openBackend, parameterRandom } from '@adapterfusion/tensor';
import { createTokenizer } from '@adapterfusion/text';
import { describe, expect, it } from 'vitest';
import { DistilModel } from './distil-model.js';
import { maskTokens } from './mask-tokens.js';
import { miniRecipe } from './mini.spec.js';
import { Moments } from './principal.js';
import { drawRows, rowOf, sentencesOf } from './rows.js';
import { studentShapes } from './student.js';
import { Targets } from './targets.js';

describe('sentencesOf', () => {
  it('cuts after a full stop that a capital follows, and leaves fragments out', () => {
    expect(sentencesOf('He was born in 1.5 years ago. "It is far," she said to me. Yes. And so on it goes?')).toEqual([
      'He was born in 1.5 years ago.',
      '"It is far," she said to me.',
      'And so on it goes?',
    ]);
  });
});

describe('drawRows', () => {
  const words = ['one', 'two', 'three', 'four', 'five', 'six'];
  const vocab = Object.fromEntries(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '.', ...words].map((w, i) => [w, i]));
  const tokenizer = createTokenizer(
    {
      normalizer: { type: 'BertNormalizer', lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] },
      model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', vocab },
    },
    undefined,
    't',
  );
  const paragraphs = Array.from({ length: 50 }, (_, index) => {
    const word = words[index % 6]!;
    return `One two three ${word}. Two four six ${word}. Five four three ${word}.`;
  });
  const draw = (seed: number, tokens: number) =>
    drawRows({ path: 'c', paragraphs }, tokenizer, { seed, tokens, maxLength: 12 });

  it('is a function of the seed, stays within its length and stops at the tokens asked for', () => {
    const rows = draw(1, 300);
    expect(draw(1, 300)).toEqual(rows);
    expect(draw(2, 300).ids).not.toEqual(rows.ids);
    expect(rows.ids.length).toBeGreaterThanOrEqual(300);
    expect(rows.ids.length).toBeLessThan(312);
    const lengths = [...rows.firsts.keys()].map((row) => rows.starts[row + 1]! - rows.starts[row]!);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(12);
  });

  it('gives sentences and pairs of neighbours with token types', () => {
    const rows = draw(1, 400);
    const all = [...rows.firsts.keys()].map((row) => rowOf(rows, row));
    const pairs = all.filter(({ types }) => types.includes(1));
    expect(pairs.length).toBeGreaterThan(all.length / 4);
    expect(pairs.length).toBeLessThan((3 * all.length) / 4);
    for (const { ids, types } of pairs) expect(types.indexOf(1)).toBe(ids.indexOf(3) + 1);
  });

  it('takes no sentence into two rows, as a beginning or as a pair’s second', () => {
    const taken: string[] = [];
    const noting = {
      ...tokenizer,
      encode: (...[text, pair, options]: Parameters<typeof tokenizer.encode>) => {
        taken.push(text, ...(pair === undefined ? [] : [pair]));
        return tokenizer.encode(text, pair, options);
      },
    };
    const named = paragraphs.map((text, index) => text.replaceAll('.', ` ${index}.`));
    drawRows({ path: 'c', paragraphs: named }, noting, { seed: 1, tokens: 100_000, maxLength: 12 });
    expect(taken.length).toBeGreaterThan(75);
    expect(new Set(taken).size).toBe(taken.length);
  });

  it('never begins twice with the same sentence, and ends when there are no more', () => {
    const rows = draw(1, 100_000);
    expect(rows.firsts.length).toBeLessThanOrEqual(150);
    expect(rows.firsts.length).toBeGreaterThan(75);
  });
});

describe('maskTokens', () => {
  const ids = Int32Array.from({ length: 64 * 60 }, (_, at) => (at % 60 === 0 ? 2 : at % 60 > 50 ? 0 : 5 + (at % 900)));
  const mask = Float32Array.from({ length: ids.length }, (_, at) => (at % 60 > 50 ? 0 : 1));
  const batch = { ids, types: new Int32Array(ids.length), mask, shape: [64, 60] as const };
  const key = { seed: 1, step: 2, microBatch: 0 };

  it('hides 15 % of the words, of these 80 % as [MASK] and 10 % as others', () => {
    const { ids: masked, places, answers } = maskTokens(batch, key, 1000, 4);
    expect(places.length / 3200).toBeCloseTo(0.15, 1);
    expect(answers).toEqual(places.map((at) => ids[at]));
    const now = places.map((at) => masked[at]!);
    expect(now.filter((id) => id === 4).length / now.length).toBeCloseTo(0.8, 1);
    const kept = places.filter((at) => masked[at] === ids[at]).length;
    expect(kept / places.length).toBeGreaterThan(0.05);
    expect(kept / places.length).toBeLessThan(0.15);
    expect(Math.min(...now)).toBeGreaterThanOrEqual(4);
    expect(places.every((at) => mask[at] === 1 && ids[at]! > 4)).toBe(true);
    const others = [...masked.keys()].filter((at) => !places.includes(at));
    expect(others.every((at) => masked[at] === ids[at])).toBe(true);
  });

  it('is a function of the key', () => {
    expect(maskTokens(batch, key, 1000, 4)).toEqual(maskTokens(batch, key, 1000, 4));
    expect(maskTokens(batch, { ...key, step: 3 }, 1000, 4).places).not.toEqual(maskTokens(batch, key, 1000, 4).places);
  });
});

describe('Moments', () => {
  it('finds directions, deviations and share of a known cloud', () => {
    const moments = new Moments(3);
    // Along (3, 4, 0) / 5 with deviation 2 and along the third axis with deviation 1, around (1, 2, 3).
    for (const [a, b] of [
      [2, 1],
      [2, -1],
      [-2, 1],
      [-2, -1],
    ] as const)
      moments.addPoint(Float32Array.of(1 + 0.6 * a, 2 + 0.8 * a, 3 + b));
    const { mean, directions, deviations, share } = moments.principal(2);
    [1, 2, 3].forEach((value, index) => expect(mean[index]).toBeCloseTo(value, 5));
    [0.6, 0.8, 0, 0, 0, 1].forEach((value, index) => expect(directions[index]).toBeCloseTo(value, 5));
    [2, 1].forEach((value, index) => expect(deviations[index]).toBeCloseTo(value, 5));
    expect(share).toBeCloseTo(1, 6);
  });

  it('is the same from sums as from points', () => {
    const points = [Float32Array.of(1, 2), Float32Array.of(-1, 0.5), Float32Array.of(4, 4)];
    const [one, two] = [new Moments(2), new Moments(2)];
    points.forEach((point) => one.addPoint(point));
    const sum = (f: (p: Float32Array) => number) => points.reduce((total, point) => total + f(point), 0);
    const squares = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ].map(([i, j]) => sum((p) => p[i!]! * p[j!]!));
    two.add(
      Float32Array.from(squares),
      Float32Array.of(
        sum((p) => p[0]!),
        sum((p) => p[1]!),
      ),
      3,
    );
    expect(two.principal(2)).toEqual(one.principal(2));
  });
});

it('what stands in the padding changes none of the losses', async () => {
  await openBackend('cpu');
  const recipe = miniRecipe('');
  const draw = (path: string, shape: readonly number[]) => parameterRandom(1, path).normal(shape, 0.2);
  const tensors = new Map([...studentShapes(recipe)].map(([path, shape]) => [path, draw(path, shape)]));
  const projection = [
    { name: 'mean', shape: [24], data: new Float32Array(24) },
    { name: 'directions', shape: [8, 24], data: new Float32Array(192) },
    { name: 'deviations', shape: [8], data: new Float32Array(8).fill(1) },
    { name: 'share', shape: [1], data: Float32Array.of(1) },
  ];
  const rows = { ids: new Int32Array(18), starts: Int32Array.of(0, 12, 18), firsts: Int32Array.of(12, 6) };
  const targets = new Targets(rows, parseSafetensors(writeSafetensors(projection), 'projection'), 24, 'none');
  const model = new DistilModel(recipe, tensors, targets, 4);
  const measure = (padding: number) => {
    const isPadding = (at: number): boolean => at >= 18;
    const ids = Int32Array.from({ length: 24 }, (_, at) => (isPadding(at) ? padding : 5 + at));
    const mask = Float32Array.from({ length: 24 }, (_, at) => (isPadding(at) ? 0 : 1));
    const batch = { ids, types: new Int32Array(24), mask, shape: [2, 12] as const };
    return model.measure(batch, [0, 1], { seed: 0, step: 0, microBatch: 0 });
  };
  const [plain, other] = [await measure(0), await measure(40)];
  for (const name of ['states', 'similarity', 'words'] as const) expect(other[name]).toBeCloseTo(plain[name], 6);
  expect(plain.similarity).toBeGreaterThan(0);
  model.dispose();
});

import type { Tensor } from '@adapterfusion/contracts';
import type { Case } from './cases.spec.js';
import * as exact from './oracle.spec.js';
import { noise } from './oracle.spec.js';
import * as ours from './index.js';

const positive = (input: number, count: number): number[] =>
  noise(count, input + 20).map((value) => Math.fround(1.5 + value));

const two = (name: string, run: (a: Tensor, b: Tensor) => Tensor, oracle: (a: number, b: number) => number): Case[] =>
  [
    { shape: [4], at: (index: number) => index % 4 },
    { shape: [2, 1, 1], at: (index: number) => Math.floor(index / 12) },
    { shape: [2, 3, 4], at: (index: number) => index },
  ].map(({ shape, at }) => ({
    name: `${name} of [2, 3, 4] and [${shape.join(', ')}]`,
    inputs: [[2, 3, 4], shape],
    values: positive,
    run: ([a, b]) => run(a!, b!),
    oracle: ([a, b]) => a!.map((value, index) => oracle(value, b![at(index)]!)),
  }));

const one = (
  name: string,
  run: (x: Tensor) => Tensor,
  oracle: (x: number[]) => number[],
  shape: number[] = [2, 3, 4],
): Case => ({ name, inputs: [shape], values: positive, run: ([x]) => run(x!), oracle: ([x]) => oracle(x!) });

const indices = (count: number): number[] => [...Array(count).keys()];
const total = (x: number[]): number => x.reduce((sum, value) => sum + value, 0);
/** Sums of `[2, 3, 4]` over the middle axis, `[2, 4]`. */
const middle = (x: number[]): number[] =>
  indices(8).map((i) => total(indices(3).map((t) => x[Math.floor(i / 4) * 12 + t * 4 + (i % 4)]!)));

/** Operations that TensorFlow.js computes and differentiates by itself. */
export const elementary: readonly Case[] = [
  ...two('add', ours.add, (a, b) => a + b),
  ...two('sub', ours.sub, (a, b) => a - b),
  ...two('mul', ours.mul, (a, b) => a * b),
  ...two('div', ours.div, (a, b) => a / b),
  one(
    'with numbers',
    (x) => ours.scope(() => ours.div(ours.mul(ours.sub(ours.add(x, 3), 1), 5), 4)),
    (x) => x.map((v) => ((v + 2) * 5) / 4),
  ),
  one('square', ours.square, (x) => x.map((v) => v * v)),
  one('sqrt', ours.sqrt, (x) => x.map(Math.sqrt)),
  one(
    'sum',
    (x) => ours.sum(x),
    (x) => [total(x)],
  ),
  one('sum over an axis', (x) => ours.sum(x, 1), middle),
  one(
    'sum over two axes, kept',
    (x) => ours.sum(x, [0, 2], true),
    (x) => indices(3).map((t) => total(x.filter((_, i) => Math.floor(i / 4) % 3 === t))),
  ),
  one(
    'mean',
    (x) => ours.mean(x),
    (x) => [total(x) / 24],
  ),
  one(
    'mean over an axis, kept',
    (x) => ours.mean(x, 1, true),
    (x) => middle(x).map((v) => v / 3),
  ),
  one('softmax', ours.softmax, (x) => exact.softmax(x, 4)),
  one('logSoftmax', ours.logSoftmax, (x) => exact.softmax(x, 4).map(Math.log)),
  one(
    'reshape',
    (x) => ours.reshape(x, [6, 4]),
    (x) => x,
  ),
  one('clone', ours.clone, (x) => x),
  one(
    'slice',
    (x) => ours.slice(x, 1, 1, 2),
    (x) => x.filter((_, i) => Math.floor(i / 4) % 3 >= 1),
  ),
  one(
    'transpose',
    (x) => ours.transpose(x),
    (x) => indices(6).map((i) => x[(i % 2) * 3 + Math.floor(i / 2)]!),
    [2, 3],
  ),
  one(
    'transpose of two axes',
    (x) => ours.transpose(x, [1, 0, 2]),
    (x) => indices(24).map((i) => x[(Math.floor(i / 4) % 2) * 12 + Math.floor(i / 8) * 4 + (i % 4)]!),
  ),
  one(
    'tile',
    (x) => ours.tile(x, [2, 1, 3]),
    (x) => indices(144).map((i) => x[(Math.floor(i / 36) % 2) * 12 + (Math.floor(i / 12) % 3) * 4 + (i % 4)]!),
  ),
  {
    name: 'concat',
    inputs: [
      [2, 1, 2],
      [2, 3, 2],
    ],
    run: (parts) => ours.concat(parts, 1),
    oracle: ([a, b]) => [0, 1].flatMap((row) => [...a!.slice(row * 2, row * 2 + 2), ...b!.slice(row * 6, row * 6 + 6)]),
  },
  one(
    'concat of one',
    (x) => ours.concat([x], 0),
    (x) => x,
  ),
];

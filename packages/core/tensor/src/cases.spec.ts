import type { Tensor, TrainMode } from '@adapterfusion/contracts';
import * as exact from './oracle.spec.js';
import { noise, sizeOf } from './oracle.spec.js';
import * as ours from './index.js';

/** One operation on given inputs, with what it should give. */
export interface Case {
  readonly name: string;
  /** Shapes of the inputs that take gradients; values are noise, or `values`. */
  readonly inputs: readonly (readonly number[])[];
  readonly values?: (input: number, count: number) => number[];
  /** Inputs that are frozen: no gradient is asked. */
  readonly frozen?: readonly number[];
  /** Too many inputs for one difference each: gradients are compared along a few random directions. */
  readonly large?: boolean;
  run(inputs: readonly Tensor[]): Tensor;
  oracle(inputs: readonly number[][]): number[];
}

export const train: TrainMode = { key: { seed: 5, step: 7, microBatch: 1 } };
const { tensor, intTensor } = ours;

const linearCases = [false, true].flatMap((transposed) =>
  [false, true].flatMap((frozen) =>
    [false, true].flatMap((bias) =>
      [
        { rows: [2, 3], width: 5, out: 4 },
        { rows: [70], width: 101, out: 53 },
      ].map(({ rows, width, out }): Case => ({
        name: `linear${transposed ? ', transposed' : ''}${frozen ? ', frozen' : ''}${bias ? ', bias' : ''}, [${rows.join()}, ${width}]`,
        inputs: [[...rows, width], transposed ? [width, out] : [out, width], ...(bias ? [[out]] : [])],
        frozen: frozen ? [1] : [],
        large: rows[0] === 70,
        run: ([x, weight, offset]) => ours.linear(x!, weight!, offset, { transposed }),
        oracle: ([x, weight, offset]) => exact.product(x!, weight!, width, offset, transposed),
      })),
    ),
  ),
);

const masks: Record<string, number[]> = { 'no padding': [1, 1, 1, 1, 1, 1], padding: [1, 1, 1, 1, 0, 0] };
const small = { batch: 2, time: 3, heads: 2, depth: 4 };
const wide = { batch: 2, time: 53, heads: 3, depth: 50 };
const attentionInputs = ({ batch, time, queries = time, heads, depth }: exact.AttentionShape): number[][] =>
  [queries, time, time].map((times) => [batch, times, heads * depth]);
const attentionCase = (name: string, shape: exact.AttentionShape, mask: number[], probability: number): Case => ({
  name: `attention, ${name}`,
  inputs: attentionInputs(shape),
  large: shape === wide,
  run: ([q, k, v]) =>
    ours.scope(() => {
      const at = tensor(mask, [shape.batch, shape.time]);
      return ours.attention(q!, k!, v!, at, shape.heads, { probability, train, path: 'attention' });
    }),
  oracle: ([q, k, v]) => {
    const drop =
      probability > 0
        ? maskOf([shape.batch, shape.heads, shape.queries ?? shape.time, shape.time], probability, 'attention')
        : undefined;
    return exact.attention([q!, k!, v!], mask, shape, drop);
  },
});

/** A dropout mask as its definition says: straight from the random words. */
export function maskOf(shape: readonly number[], probability: number, path: string): Float32Array {
  const words = ours.randomWords(ours.seedsOf(train.key, path), sizeOf(shape));
  return Float32Array.from(words, (word) => (word < probability * 2 ** 32 - 2 ** 31 ? 0 : 1 / (1 - probability)));
}

/** Three groups, the second in two pieces, and one that is a single column. */
const owners = [0, 0, 0, 0, 0, 1, 1, 2, 0, 1];
const groupCases = [
  [10, 10],
  [8, 10],
  [10, 9],
  [8, 9],
].flatMap(([aw, bw]): Case[] => [
  {
    name: `groupDots of ${aw} and ${bw} columns`,
    inputs: [
      [2, 3, aw!],
      [2, 3, bw!],
    ],
    run: ([a, b]) => ours.groupDots(a!, b!, owners, 3),
    oracle: ([a, b]) => exact.groupDots([a!, b!], [aw!, bw!], owners, 3),
  },
  {
    name: `groupScale of ${aw} columns, beside ${bw}`,
    inputs: [
      [2, 3, aw!],
      [2, 3, 3],
    ],
    run: ([x, weights]) => ours.groupScale(x!, weights!, owners),
    oracle: ([x, weights]) => exact.groupScale([x!, weights!], [aw!, 3], owners),
  },
]);

const rowsAt = [2, 0, 2, 3, 2, 1];
const labels = [2, 0, 1, 2];
const classWeights = [0.5, 3, 1];
const entropy = (weights?: number[]): Case => ({
  name: `crossEntropy${weights ? ' with class weights' : ''}`,
  inputs: [[4, 3]],
  values: (_, count) => noise(count, 3).map((value) => Math.fround(value * 6)),
  run: ([logits]) => ours.crossEntropy(logits!, labels, { class: weights }),
  oracle: ([logits]) => {
    const scores = exact.softmax(logits!, 3);
    const parts = labels.map((label, row) => -(weights?.[label] ?? 1) * Math.log(scores[row * 3 + label]!));
    const total = labels.reduce((sum, label) => sum + (weights?.[label] ?? 1), 0);
    return [parts.reduce((sum, part) => sum + part, 0) / total];
  },
});

const spread = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.fround(-4 + ((index + 0.25) * 8) / count));

export const cases: readonly Case[] = [
  ...ours.ACTIVATIONS.map((name): Case => ({
    name: `activate ${name}`,
    inputs: [[2, 20]],
    values: (_, count) => spread(count).map((x) => (name === 'relu6' ? Math.fround(2 * x) : x)),
    run: ([x]) => ours.activate(name, x!),
    oracle: ([x]) => x!.map(exact.activations[name]!),
  })),
  ...[1e-12, 1e-5].map((epsilon): Case => ({
    name: `layerNorm, epsilon ${epsilon}`,
    inputs: [[2, 3, 6], [6], [6]],
    run: ([x, gamma, beta]) => ours.layerNorm(x!, gamma!, beta!, epsilon),
    oracle: ([x, gamma, beta]) => exact.norm(x!, gamma!, beta!, epsilon),
  })),
  {
    name: 'layerNorm, rank 2, small values',
    inputs: [[3, 5], [5], [5]],
    values: (input, count) => noise(count, input + 1).map((value) => Math.fround(input === 0 ? value * 0.01 : value)),
    run: ([x, gamma, beta]) => ours.layerNorm(x!, gamma!, beta!, 1e-5),
    oracle: ([x, gamma, beta]) => exact.norm(x!, gamma!, beta!, 1e-5),
  },
  {
    name: 'layerNorm, frozen weights',
    inputs: [[2, 3, 6], [6], [6]],
    frozen: [1, 2],
    run: ([x, gamma, beta]) => ours.layerNorm(x!, gamma!, beta!, 1e-12),
    oracle: ([x, gamma, beta]) => exact.norm(x!, gamma!, beta!, 1e-12),
  },
  ...linearCases,
  ...Object.entries(masks).flatMap(([name, mask]) =>
    [0, 0.4].map((p) => attentionCase(`${name}, dropout ${p}`, small, mask, p)),
  ),
  attentionCase('one token, one head, dropout 0.5', { batch: 1, time: 1, heads: 1, depth: 4 }, [1], 0.5),
  ...[1, 5].flatMap((queries) =>
    [0, 0.4].map((p) => attentionCase(`queries ${queries}, dropout ${p}`, { ...small, queries }, masks['padding']!, p)),
  ),
  attentionCase(
    'wide',
    wide,
    noise(106, 9).map((value, t) => (t % 53 === 0 || value > -0.5 ? 1 : 0)),
    0.1,
  ),
  ...groupCases,
  ...[[0, [7, 5, 3]] as const, [0, [9000]] as const, [1, [13, 13]] as const, [0.5, [1, 1]] as const].map(
    ([diagonal, shape]): Case => ({
      name: `squareSum of [${shape.join()}], diagonal ${diagonal}`,
      inputs: [shape],
      large: shape[0] === 9000,
      run: ([x]) => ours.squareSum(x!, diagonal),
      oracle: ([x]) => [
        x!.reduce((total, value, at) => total + (value - (at % (shape[0] + 1) === 0 ? diagonal : 0)) ** 2, 0),
      ],
    }),
  ),
  entropy(),
  entropy(classWeights),
  ...[false, true].map((frozen): Case => ({
    name: `gatherRows${frozen ? ', frozen' : ''}`,
    inputs: [
      [5, 3],
      [2, 3, 3],
    ],
    frozen: frozen ? [0] : [],
    run: ([table, by]) => ours.scope(() => ours.mul(ours.gatherRows(table!, intTensor(rowsAt, [2, 3])), by!)),
    oracle: ([table, by]) =>
      by!.map((value, index) => value * table![rowsAt[Math.floor(index / 3)]! * 3 + (index % 3)]!),
  })),
  {
    name: 'dropout',
    inputs: [[4, 6]],
    run: ([x]) => ours.dropout(x!, 0.3, train, 'place'),
    oracle: ([x]) => {
      const mask = maskOf([4, 6], 0.3, 'place');
      return x!.map((value, index) => value * mask[index]!);
    },
  },
];

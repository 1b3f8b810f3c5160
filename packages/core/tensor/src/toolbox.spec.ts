import type { Tensor } from '@adapterfusion/contracts';
import type { Case } from './cases.spec.js';
import { noise, sizeOf } from './oracle.spec.js';
import * as ours from './index.js';

const positive = (input: number, count: number): number[] =>
  noise(count, input + 20).map((value) => Math.fround(1.5 + value));

const one = (
  name: string,
  run: (x: Tensor) => Tensor,
  oracle: (x: number[]) => number[],
  shape: number[] = [2, 3, 4],
): Case => ({ name, inputs: [shape], run: ([x]) => run(x!), oracle: ([x]) => oracle(x!) });

const indices = (count: number): number[] => [...Array(count).keys()];

/** The places of a tensor `[2, 3, 4]` that a reduction over the axes combines, in the order of its results. */
function groupsOver(axes: readonly number[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const place of indices(24)) {
    const at = [Math.floor(place / 12), Math.floor(place / 4) % 3, place % 4];
    const key = at.filter((_, axis) => !axes.includes(axis)).join();
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  return [...groups.values()];
}

const reductions = (['max', 'min'] as const).flatMap((name) =>
  [
    { axes: [0, 1, 2], of: 'everything', run: (x: Tensor) => ours[name](x) },
    { axes: [1], of: 'an axis', run: (x: Tensor) => ours[name](x, 1) },
    { axes: [2], of: 'the last axis, kept', run: (x: Tensor) => ours[name](x, -1, true) },
    { axes: [0, 2], of: 'two axes, kept', run: (x: Tensor) => ours[name](x, [0, 2], true) },
  ].map(({ axes, of, run }) =>
    one(`${name} over ${of}`, run, (x) => groupsOver(axes).map((places) => Math[name](...places.map((at) => x[at]!)))),
  ),
);

/** A second operand that broadcasts against `[2, 3, 4]`, and its place for a place of the result. */
const operands = [
  { shape: [4], at: (place: number) => place % 4 },
  { shape: [2, 1, 1], at: (place: number) => Math.floor(place / 12) },
  { shape: [2, 3, 4], at: (place: number) => place },
];

const pairs = (['maximum', 'minimum'] as const).flatMap((name) => [
  ...operands.map(({ shape, at }): Case => ({
    name: `${name} of [2, 3, 4] and [${shape.join(', ')}]`,
    inputs: [[2, 3, 4], shape],
    run: ([a, b]) => ours[name](a!, b!),
    oracle: ([a, b]) => a!.map((value, place) => Math[name === 'maximum' ? 'max' : 'min'](value, b![at(place)]!)),
  })),
  one(
    `${name} with a number`,
    (x) => ours[name](x, 0.1),
    (x) => x.map((value) => Math[name === 'maximum' ? 'max' : 'min'](value, 0.1)),
  ),
]);

const holds = {
  equal: (a: number, b: number) => a === b,
  greater: (a: number, b: number) => a > b,
  greaterEqual: (a: number, b: number) => a >= b,
  less: (a: number, b: number) => a < b,
  lessEqual: (a: number, b: number) => a <= b,
};
const rounded = [0, 1, 1, 2, 0.5, 0.5, -1, 0, 3, 1, 2, -2];
const comparisons = Object.entries(holds).flatMap(([name, compare]): Case[] => {
  const run = ours[name as keyof typeof holds];
  return [
    {
      // The comparison reads a trained tensor, but no gradient flows through it.
      name: `${name} times x`,
      inputs: [[2, 3, 4]],
      run: ([x]) => ours.scope(() => ours.mul(x!, run(x!, 0.25))),
      oracle: ([x]) => x!.map((value) => (compare(value, 0.25) ? value : 0)),
    },
    {
      name: `${name} of equal and other values, broadcast`,
      inputs: [[3, 4]],
      run: ([x]) => ours.scope(() => ours.mul(x!, run(ours.tensor(rounded, [3, 4]), ours.tensor([0, 1, 0.5], [3, 1])))),
      oracle: ([x]) =>
        x!.map((value, place) => (compare(rounded[place]!, [0, 1, 0.5][Math.floor(place / 4)]!) ? value : 0)),
    },
  ];
});

const chosen = [1, 0, 0, 0.5, 1, 0, -2, 0, 0, 1, 1, 0];
const choices: Case[] = [
  {
    name: 'where of [3, 4], [2, 3, 4] and [4]',
    inputs: [[2, 3, 4], [4]],
    run: ([a, b]) => ours.scope(() => ours.where(ours.tensor(chosen, [3, 4]), a!, b!)),
    oracle: ([a, b]) => a!.map((value, place) => (chosen[place % 12] ? value : b![place % 4]!)),
  },
  {
    name: 'where of a condition larger than its operands',
    inputs: [[4], [3, 1]],
    run: ([a, b]) => ours.scope(() => ours.where(ours.tensor(chosen, [3, 4]), a!, b!)),
    oracle: ([a, b]) => indices(12).map((place) => (chosen[place] ? a![place % 4]! : b![Math.floor(place / 4)]!)),
  },
  one(
    'where of a comparison and a number',
    (x) => ours.scope(() => ours.where(ours.greater(x, 0.2), x, -3)),
    (x) => x.map((value) => (value > 0.2 ? value : -3)),
  ),
];

const running = (x: number[], axis: number, exclusive: boolean, reverse: boolean): number[] => {
  const out = new Array<number>(24).fill(0);
  for (const places of groupsOver([axis])) {
    let total = 0;
    for (const place of reverse ? places.reverse() : places) {
      if (exclusive) out[place] = total;
      total += x[place]!;
      if (!exclusive) out[place] = total;
    }
  }
  return out;
};
const sums = [0, 1, 2].flatMap((axis) =>
  [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ].map(([exclusive, reverse]) =>
    one(
      `cumsum over axis ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
      (x) => ours.cumsum(x, axis - 3, { exclusive: exclusive!, reverse: reverse! }),
      (x) => running(x, axis, exclusive!, reverse!),
    ),
  ),
);

/** `[batch, rows, inner] · [batch, inner, columns]`; operands with one batch serve all. */
function products(
  [a, b]: readonly [number[], number[]],
  [rows, inner, columns]: readonly [number, number, number],
  transposed: readonly [boolean, boolean],
): number[] {
  const [aCount, bCount] = [a.length / (rows * inner), b.length / (inner * columns)];
  return indices(Math.max(aCount, bCount)).flatMap((batch) => {
    const [aStart, bStart] = [(batch % aCount) * rows * inner, (batch % bCount) * inner * columns];
    return indices(rows * columns).map((place) => {
      const [row, column] = [Math.floor(place / columns), place % columns];
      return indices(inner).reduce(
        (total, j) =>
          total +
          a[aStart + (transposed[0] ? j * rows + row : row * inner + j)]! *
            b[bStart + (transposed[1] ? column * inner + j : j * columns + column)]!,
        0,
      );
    });
  });
}
const sizes = [3, 5, 4] as const;
const matrices = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) =>
    [
      [[], []],
      [[2], [2]],
      [
        [2, 2],
        [2, 2],
      ],
      [[2], []],
      [[], [2]],
      [[1], [2]],
      [[2, 2], [2]],
    ].map(([aBatch, bBatch]): Case => {
      const [rows, inner, columns] = sizes;
      const a = [...aBatch!, ...(transposeA ? [inner, rows] : [rows, inner])];
      const b = [...bBatch!, ...(transposeB ? [columns, inner] : [inner, columns])];
      return {
        name: `matMul of [${a.join(', ')}]${transposeA ? ' transposed' : ''} and [${b.join(', ')}]${transposeB ? ' transposed' : ''}`,
        inputs: [a, b],
        run: ([x, y]) => ours.matMul(x!, y!, { transposeA, transposeB }),
        oracle: ([x, y]) => products([x!, y!], sizes, [transposeA, transposeB]),
      };
    }),
  ),
);
/** A batch of each operand is broadcast: `[2, 1, ...]` and `[3, ...]`. */
const crossed: Case = {
  name: 'matMul of [2, 1, 3, 5] and [3, 5, 4]',
  inputs: [
    [2, 1, 3, 5],
    [3, 5, 4],
  ],
  run: ([a, b]) => ours.matMul(a!, b!),
  oracle: ([a, b]) =>
    indices(2).flatMap((batch) => products([a!.slice(batch * 15, batch * 15 + 15), b!], sizes, [false, false])),
};

const largest = (row: number[], k: number): number[] => [...row].sort((a, b) => b - a).slice(0, k);
const rowsOf = (x: number[], width: number): number[][] =>
  indices(x.length / width).map((row) => x.slice(row * width, row * width + width));
const tops = [
  { shape: [7], k: 3 },
  { shape: [2, 3, 5], k: 2 },
  { shape: [4, 5], k: 5 },
].flatMap(({ shape, k }): Case[] => [
  one(
    `topK of [${shape.join(', ')}], ${k}: values`,
    (x) =>
      ours.scope(() => {
        const { values } = ours.topK(x, k);
        return values;
      }),
    (x) => rowsOf(x, shape.at(-1)!).flatMap((row) => largest(row, k)),
    shape,
  ),
  {
    name: `topK of [${shape.join(', ')}], ${k}: rows of a table by its indices`,
    inputs: [shape, [shape.at(-1)!, 2]],
    run: ([x, table]) => ours.scope(() => ours.gatherRows(table!, ours.topK(x!, k).indices)),
    oracle: ([x, table]) =>
      rowsOf(x!, shape.at(-1)!).flatMap((row) =>
        largest(row, k).flatMap((value) => table!.slice(row.indexOf(value) * 2, row.indexOf(value) * 2 + 2)),
      ),
  },
]);

/** `a · b²`, with a gradient that reads an input and the result, and returns what was saved. */
const scaled = ours.defineOp({
  name: 'test/scaled',
  inputs: ['a', 'b'],
  saves: ['b', 'output'],
  forward: ({ a, b }, { by }: { by: number }) => ours.mul(ours.mul(a, ours.square(b)), by),
  gradient: (dy, { b, output }, { by }) => ({
    a: () => ours.mul(ours.mul(dy, ours.square(b)), by),
    b: () => ours.mul(dy, ours.div(ours.mul(output, 2), b)),
  }),
});
/** The sum of a vector and itself times 3, with gradients that are `dy` and what was saved. */
const straight = ours.defineOp({
  name: 'test/straight',
  inputs: ['x', 'factor'],
  saves: ['factor'],
  forward: ({ x }) => x,
  gradient: (dy, { factor }) => ({ x: () => dy, factor: () => factor }),
});

/** The example of docs/authors.md. */
const bell = ours.defineOp({
  name: '@someone/adapter-bell/bell',
  inputs: ['x'],
  saves: ['x', 'output'],
  forward: ({ x }) => ours.exp(ours.mul(ours.square(x), -1)),
  gradient: (dy, { x, output }) => ({ x: () => ours.mul(dy, ours.mul(ours.mul(x, -2), output)) }),
});

/** Operations for the authors of plugins, with gradients where TensorFlow.js has none or a wrong one. */
export const toolbox: readonly Case[] = [
  { ...one('exp', ours.exp, (x) => x.map(Math.exp)) },
  { ...one('log', ours.log, (x) => x.map(Math.log)), values: positive },
  ...reductions,
  ...pairs,
  ...comparisons,
  ...choices,
  ...sums,
  ...matrices,
  crossed,
  ...tops,
  one(
    'stopGradient of one factor',
    (x) => ours.scope(() => ours.mul(x, ours.stopGradient(ours.tensor(noise(sizeOf(x.shape), 9), x.shape)))),
    (x) => x.map((value, place) => value * noise(24, 9)[place]!),
  ),
  one(
    'defineOp of the guide for authors',
    (x) => bell({ x }),
    (x) => x.map((value) => Math.exp(-(value ** 2))),
  ),
  {
    name: 'defineOp with settings',
    inputs: [
      [2, 3],
      [2, 3],
    ],
    values: positive,
    run: ([a, b]) => scaled({ a: a!, b: b! }, { by: 3 }),
    oracle: ([a, b]) => a!.map((value, place) => 3 * value * b![place]! ** 2),
  },
  one(
    'defineOp that returns its input',
    (x) => ours.scope(() => straight({ x, factor: ours.tensor([1], [1]) })),
    (x) => x,
  ),
];

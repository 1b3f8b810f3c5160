import type { Tensor } from '@adapterfusion/contracts';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as ours from './index.js';

beforeAll(() => ours.openBackend('cpu'));

const { tensor } = ours;

/** Values of a tensor that `f` makes, and the tensors that it left behind. */
async function valuesOf(f: () => Tensor): Promise<number[]> {
  const made = ours.scope(f);
  const values = [...(await made.data())];
  made.dispose();
  return values;
}

/** The gradient of the sum of `f` at the values of `x`. */
async function gradientOf(f: (x: Tensor) => Tensor, values: number[], shape = [values.length]): Promise<number[]> {
  const before = ours.tensorCount();
  const x = ours.parameter(Float32Array.from(values), shape);
  ours.setTrainable(x, true);
  const { value, gradients } = ours.gradients(() => ours.sum(f(x)), new Map([['x', x]]));
  const found = [...(await ours.read(gradients.get('x')!))];
  ours.dispose([x, value, ...gradients.values()]);
  expect(ours.tensorCount()).toBe(before);
  return found;
}

describe('reductions', () => {
  it('share the gradient among equal values', async () => {
    expect(await gradientOf((x) => ours.max(x), [2, 1, 2, 0])).toEqual([0.5, 0, 0.5, 0]);
    expect(await gradientOf((x) => ours.min(x), [2, 1, 1, 1, 1])).toEqual([0, 0.25, 0.25, 0.25, 0.25]);
  });

  it('give the gradient of equal operands to the first', async () => {
    expect(await gradientOf((x) => ours.maximum(x, tensor([1, 1, 1], [3])), [0, 1, 2])).toEqual([0, 1, 1]);
    expect(await gradientOf((x) => ours.minimum(tensor([1, 1, 1], [3]), x), [0, 1, 2])).toEqual([1, 0, 0]);
  });

  it('keep the reduced axes where asked', () => {
    ours.scope(() => {
      const x = tensor([1, 2, 3, 4, 5, 6], [1, 2, 3]);
      expect(ours.max(x, [0, 2], true).shape).toEqual([1, 2, 1]);
      expect(ours.max(x, -1).shape).toEqual([1, 2]);
      expect(ours.min(x).shape).toEqual([]);
    });
  });
});

describe('comparisons and where', () => {
  it('return float32 masks', async () => {
    const numbers = {
      equal: [0, 1, 0],
      greater: [0, 0, 1],
      greaterEqual: [0, 1, 1],
      less: [1, 0, 0],
      lessEqual: [1, 1, 0],
    };
    for (const [name, mask] of Object.entries(numbers)) {
      const made = ours.scope(() => ours[name as keyof typeof numbers](tensor([1, 2, 3], [3]), 2));
      expect([name, await made.data()]).toEqual([name, Float32Array.from(mask)]);
      made.dispose();
    }
  });

  it('compares indices with a number', async () => {
    expect(await valuesOf(() => ours.equal(ours.intTensor([0, 1, 2], [3]), 1))).toEqual([0, 1, 0]);
  });

  it('keeps infinite values that were not chosen out of the result and the gradient', async () => {
    const chosen = (x: Tensor): Tensor => ours.where(tensor([1, 0, 1], [3]), x, tensor([Infinity, 5, NaN], [3]));
    expect(await valuesOf(() => chosen(tensor([1, 2, 3], [3])))).toEqual([1, 5, 3]);
    expect(await gradientOf(chosen, [1, 2, 3])).toEqual([1, 0, 1]);
  });
});

describe('stopGradient', () => {
  it('stops the gradient of one path and not of the other', async () => {
    expect(await gradientOf((x) => ours.mul(x, ours.stopGradient(ours.square(x))), [1, 2, 3])).toEqual([1, 4, 9]);
    expect(await gradientOf((x) => ours.stopGradient(ours.square(x)), [1, 2, 3])).toEqual([0, 0, 0]);
  });

  it('shares the values and has a life of its own', async () => {
    const x = tensor([1, 2], [2]);
    const stopped = ours.stopGradient(x);
    x.dispose();
    expect(ours.isFrozen(stopped)).toBe(true);
    expect(await ours.read(stopped)).toEqual(Float32Array.of(1, 2));
    stopped.dispose();
  });
});

describe('topK', () => {
  it('returns values and int32 indices, the largest first', async () => {
    const x = tensor([1, 5, 3, 9, 7, 8], [2, 3]);
    const { values, indices } = ours.topK(x, 2);
    expect([values.shape, [...(await values.data())]]).toEqual([
      [2, 2],
      [5, 3, 9, 8],
    ]);
    expect([indices.shape, await indices.data()]).toEqual([[2, 2], Int32Array.of(1, 2, 0, 2)]);
    ours.dispose([x, values, indices]);
  });

  it.each([0, 4, 1.5])('refuses a k of %s for an axis of 3', (k) => {
    expect(() => ours.scope(() => ours.topK(tensor([1, 2, 3], [1, 3]), k))).toThrow(
      new TypeError(`topK: expected k from 1 to the size of the last axis; got ${k} for [1, 3]. Pass a smaller k.`),
    );
  });
});

it.each([2, -3, 0.5])('cumsum refuses the axis %s of a matrix', (axis) => {
  expect(() => ours.scope(() => ours.cumsum(tensor([1, 2], [1, 2]), axis))).toThrow(TypeError);
});

it.each([
  [[2, 3], [4, 2], {}],
  [[3], [3, 2], {}],
  [[2, 3], [3, 2], { transposeB: true }],
])('matMul refuses %j and %j with %j', (a, b, options) => {
  expect(() => ours.scope(() => ours.matMul(ours.fill(a, 1), ours.fill(b, 1), options))).toThrow(/^matMul: expected/);
});

describe('defineOp', () => {
  const gate = { name: 'test/gate', inputs: ['x', 'by'], saves: ['x', 'by'] } as const;

  it('computes only the gradients that are needed', async () => {
    const byGradient = vi.fn(() => ours.fill([2], 0));
    const op = ours.defineOp({
      ...gate,
      forward: ({ x, by }) => ours.mul(x, by),
      gradient: (dy, { by }) => ({ x: () => ours.mul(dy, by), by: byGradient }),
    });
    expect(await gradientOf((x) => op({ x, by: tensor([3, 4], [2]) }), [1, 2])).toEqual([3, 4]);
    expect(byGradient).not.toHaveBeenCalled();
  });

  it('may return a saved tensor as a gradient, and leaves an input out', async () => {
    const op = ours.defineOp({
      ...gate,
      forward: ({ x, by }) => ours.mul(x, by),
      gradient: (_, { by }) => ({ x: () => by }),
    });
    expect(await gradientOf((x) => op({ x, by: tensor([3, 4], [2]) }), [1, 2])).toEqual([3, 4]);
    expect(await gradientOf((by) => op({ x: tensor([3, 4], [2]), by }), [1, 2])).toEqual([0, 0]);
  });

  it('keeps operations of one name apart', async () => {
    const [double, triple] = [2, 3].map((factor) =>
      ours.defineOp({
        name: 'test/same',
        inputs: ['x'],
        saves: [],
        forward: ({ x }) => ours.mul(x, factor),
        gradient: (dy) => ({ x: () => ours.mul(dy, factor) }),
      }),
    );
    expect(await valuesOf(() => double!({ x: tensor([1], [1]) }))).toEqual([2]);
    expect(await valuesOf(() => triple!({ x: tensor([1], [1]) }))).toEqual([3]);
  });

  it('returns a tensor with an identity of its own where the forward function returns an input', async () => {
    const op = ours.defineOp({
      name: 'test/same',
      inputs: ['x'],
      saves: [],
      forward: ({ x }) => x,
      gradient: () => ({}),
    });
    const x = tensor([1, 2], [2]);
    const y = op({ x });
    y.dispose();
    expect(await ours.read(x)).toEqual(Float32Array.of(1, 2));
    x.dispose();
  });

  it('refuses a gradient of another shape', () => {
    const op = ours.defineOp({
      ...gate,
      forward: ({ x, by }) => ours.mul(x, by),
      gradient: (dy) => ({ by: () => dy }),
    });
    const by = ours.parameter(Float32Array.of(1), [1]);
    ours.setTrainable(by, true);
    expect(() =>
      ours.scope(() => ours.gradients(() => ours.sum(op({ x: tensor([1, 2], [2]), by })), new Map([['by', by]]))),
    ).toThrow(
      'defineOp "test/gate": expected a gradient of shape [1] for "by"; got [2]. Sum over the axes that were broadcast.',
    );
    by.dispose();
  });

  it('refuses a missing input, and an input called output', () => {
    const parts = { ...gate, forward: ({ x }: { x: Tensor }) => x, gradient: () => ({}) };
    const op = ours.defineOp(parts);
    expect(() => ours.scope(() => op({ x: tensor([1], [1]) } as unknown as Record<'x' | 'by', Tensor>))).toThrow(
      'defineOp "test/gate": expected the inputs x, by; got x. Pass "by".',
    );
    expect(() => ours.defineOp({ ...parts, inputs: ['x', 'output'], saves: ['x'] })).toThrow(TypeError);
    expect(() => ours.defineOp({ ...parts, saves: ['z' as 'x'] })).toThrow(TypeError);
  });
});

import type { Tensor } from '@adapterfusion/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adamStep,
  add,
  assign,
  checkActivation,
  constant,
  crossEntropy,
  dispose,
  dropout,
  fill,
  gatherRows,
  gradients,
  intTensor,
  isFrozen,
  keep,
  layerNorm,
  linear,
  mul,
  openBackend,
  parameter,
  read,
  scope,
  setTrainable,
  sum,
  tensor,
  tensorBytes,
  tensorCount,
} from './index.js';

const values = async (of: Tensor): Promise<number[]> => [...(await read(of))];
const trainable = (numbers: number[], shape?: number[]): Tensor => {
  const made = parameter(Float32Array.from(numbers), shape);
  setTrainable(made, true);
  return made;
};

beforeAll(async () => {
  await openBackend('cpu');
});

describe('scope', () => {
  it('frees all but what it returns and what is kept', async () => {
    const before = tensorCount();
    let kept!: Tensor;
    const { out } = scope(() => {
      const one = fill([2], 1);
      kept = keep(add(one, 1));
      return { out: add(kept, one) };
    });
    expect(tensorCount()).toBe(before + 2);
    expect(await values(out)).toEqual([3, 3]);
    dispose({ out, kept });
    expect(tensorCount()).toBe(before);
  });

  it('does not free parameters', async () => {
    const weight = scope(() => {
      const made = parameter(Float32Array.from([1, 2]));
      return { name: 'not returned', values: () => made };
    }).values();
    expect(await values(weight)).toEqual([1, 2]);
    weight.dispose();
  });
});

describe('dispose', () => {
  it('frees a tensor, a list, an object, the values of a map', () => {
    const before = tensorCount();
    const bytes = tensorBytes();
    dispose(fill([2], 1));
    dispose([fill([2], 1), fill([2], 1)]);
    dispose({ a: fill([2], 1), b: fill([2], 1) });
    dispose(new Map([['a', fill([2], 1)]]).values());
    dispose(new Set([fill([2], 1)]));
    expect(tensorCount()).toBe(before);
    expect(tensorBytes()).toBe(bytes);
  });
});

describe('parameter', () => {
  it('is frozen at first, keeps its identity and takes new values', async () => {
    const source = tensor([1, 2], [2]);
    const weight = parameter(source);
    source.dispose();
    expect(isFrozen(weight)).toBe(true);
    setTrainable(weight, true);
    expect(isFrozen(weight)).toBe(false);
    const next = tensor([3, 4], [2]);
    const before = tensorCount();
    assign(weight, next);
    expect(tensorCount()).toBe(before);
    next.dispose();
    expect(await values(weight)).toEqual([3, 4]);
    weight.dispose();
  });

  it('is not the only thing that can be frozen', () => {
    const one = fill([1], 1);
    expect(isFrozen(one)).toBe(false);
    expect(isFrozen(constant(one))).toBe(true);
  });
});

describe('gradients', () => {
  it('are zeros where the value does not depend on the parameter', async () => {
    const [used, unused] = [trainable([2]), trainable([5, 6])];
    const found = gradients(
      () => sum(mul(used, 3)),
      new Map([
        ['used', used],
        ['unused', unused],
      ]),
    );
    expect(await values(found.value)).toEqual([6]);
    expect(await values(found.gradients.get('used')!)).toEqual([3]);
    expect(await values(found.gradients.get('unused')!)).toEqual([0, 0]);
  });

  it('refuse a frozen parameter', () => {
    const frozen = parameter(Float32Array.from([1]));
    expect(() => gradients(() => sum(mul(frozen, 3)), new Map([['w', frozen]]))).toThrow(TypeError);
  });

  it('flow through frozen weights to what is before and after them', async () => {
    const [x, frozen, gamma, bias] = [
      trainable([1, 2], [1, 2]),
      tensor([1, 2, 3, 4], [2, 2]),
      trainable([1, 1]),
      trainable([0, 0]),
    ];
    const weight = parameter(frozen);
    const named = new Map([
      ['x', x],
      ['bias', bias],
      ['gamma', gamma],
    ]);
    const found = gradients(() => sum(mul(linear(x, weight, bias), gamma)), named);
    expect(await values(found.gradients.get('x')!)).toEqual([4, 6]);
    expect(await values(found.gradients.get('bias')!)).toEqual([1, 1]);
    expect(await values(found.gradients.get('gamma')!)).toEqual([5, 11]);
  });

  it('follow a parameter that is frozen and trained in turn', async () => {
    const weight = trainable([1, 2, 3, 4], [2, 2]);
    const table = trainable([1, 2, 3, 4], [2, 2]);
    const x = trainable([1, 1], [1, 2]);
    const out = (): Tensor => sum(add(linear(x, weight), gatherRows(table, intTensor([1], [1]))));
    const ask = (named: Record<string, Tensor>) => gradients(out, new Map(Object.entries(named))).gradients;
    expect(await values(ask({ weight }).get('weight')!)).toEqual([1, 1, 1, 1]);
    expect(await values(ask({ table }).get('table')!)).toEqual([0, 0, 1, 1]);
    setTrainable(weight, false);
    setTrainable(table, false);
    expect(await values(ask({ x }).get('x')!)).toEqual([4, 6]);
    setTrainable(weight, true);
    expect(await values(ask({ weight, x }).get('weight')!)).toEqual([1, 1, 1, 1]);
  });

  it('save no inputs where weights are frozen', () => {
    const x = trainable([1, 2, 3, 4], [1, 4]);
    const weight = parameter(new Float32Array(16).fill(1), [4, 4]);
    const alive = (): number => {
      let most = 0;
      const { value, gradients: found } = gradients(
        () => {
          let h: Tensor = x;
          for (let layer = 0; layer < 8; layer++) h = scope(() => linear(h, weight));
          most = tensorCount();
          return sum(h);
        },
        new Map([['x', x]]),
      );
      value.dispose();
      dispose(found.values());
      return most;
    };
    const frozen = alive();
    setTrainable(weight, true);
    expect(alive()).toBe(frozen + 8);
  });
});

describe('gradients', () => {
  it('leave nothing behind where the scalar cannot be computed, and can be asked for again', async () => {
    const weight = trainable([1, 2]);
    const before = tensorCount();
    const square = (): Tensor => sum(mul(weight, weight));
    const failing = (): Tensor => {
      square();
      throw new RangeError('no scalar');
    };
    expect(() => gradients(failing, new Map([['w', weight]]))).toThrow('no scalar');
    expect(tensorCount()).toBe(before);
    const { value, gradients: found } = gradients(square, new Map([['w', weight]]));
    expect(await values(found.get('w')!)).toEqual([2, 4]);
    dispose([value, ...found.values(), weight]);
    expect(tensorCount()).toBe(before - 1);
  });

  it('are refused inside of each other', () => {
    const weight = trainable([1]);
    const before = tensorCount();
    const parameters = new Map([['w', weight]]);
    expect(() => gradients(() => gradients(() => sum(weight), parameters).value, parameters)).toThrow(
      /inside of gradients/,
    );
    expect(tensorCount()).toBe(before);
    weight.dispose();
  });

  it('add up where a tensor is used more than once, also as both sides of a sum', async () => {
    const weight = trainable([3, 4]);
    const twice = (): Tensor => sum(mul(add(weight, weight), weight));
    const { value, gradients: found } = gradients(twice, new Map([['w', weight]]));
    expect(await values(found.get('w')!)).toEqual([12, 16]);
    dispose([value, ...found.values(), weight]);
  });
});

describe('a training step', () => {
  it('leaves as many tensors as it found, step after step', async () => {
    const [weight, gamma, beta] = [trainable([1, 2, 3, 4, 5, 6], [2, 3]), trainable([1, 1, 1]), trainable([0, 0, 0])];
    const named = new Map([
      ['weight', weight],
      ['gamma', gamma],
      ['beta', beta],
    ]);
    const moments = new Map(
      [...named].map(([name, { shape, size }]) => [
        name,
        [parameter(new Float32Array(size), shape), parameter(new Float32Array(size), shape)] as const,
      ]),
    );
    const x = tensor([1, 2, 3, 3, 2, 0], [2, 3]);
    const settings = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
    const counts = new Set<number>();
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const { value, gradients: found } = gradients(() => {
        const train = { key: { seed: 1, step, microBatch: 0 } };
        const inner = dropout(layerNorm(x, gamma, beta, 1e-5), 0.1, train, 'x');
        return crossEntropy(linear(inner, weight), [0, 1]);
      }, named);
      for (const [name, gradient] of found) {
        const [first, second] = moments.get(name)!;
        adamStep(named.get(name)!, gradient, first, second, { ...settings, count: step + 1 });
      }
      losses.push((await values(value))[0]!);
      value.dispose();
      dispose(found.values());
      counts.add(tensorCount());
    }
    expect(counts.size).toBe(1);
    expect(losses[19]!).toBeLessThan(losses[0]!);
  });
});

describe('mistakes', () => {
  it('of a programmer are type errors', () => {
    expect(() => crossEntropy(fill([2, 3], 0), [0, 3])).toThrow(TypeError);
    expect(() => crossEntropy(fill([2, 3], 0), [0, -2])).toThrow(TypeError);
  });

  it('in the name of an activation are told with the nearest one', () => {
    expect(checkActivation('ReLU', 'x')).toBe('relu');
    expect(() => checkActivation('gelu_nwe', 'options.activation')).toThrow('Did you mean "gelu_new"?');
    expect(() => checkActivation('toString', 'options.activation')).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID', at: 'options.activation' }),
    );
  });

  it('dropout without training, or of probability 0, gives the tensor itself', () => {
    const x = fill([2], 1);
    expect(dropout(x, 0.5, undefined, 'x')).toBe(x);
    expect(dropout(x, 0, { key: { seed: 1, step: 0, microBatch: 0 } }, 'x')).toBe(x);
  });
});

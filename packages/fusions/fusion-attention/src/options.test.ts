import {
  add,
  dispose,
  gradients,
  mul,
  openBackend,
  parameter,
  parameterRandom,
  read,
  scope,
  setTrainable,
  tensorCount,
} from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { attention, staticAttention } from './index.js';
import { childrenOf, contribution, makeWorld, probe, scopeName, site, width } from './oracle.spec.js';

beforeAll(() => openBackend('cpu'));

describe('options', () => {
  it('are the defaults of the reference', () => {
    expect(attention().options).toEqual({
      query: true,
      key: true,
      value: true,
      query_before_ln: false,
      regularization: true,
      residual_before: false,
      temperature: false,
      value_before_softmax: true,
      value_initialized: true,
      initial: 'reference',
      dropout_prob: null,
    });
    expect(staticAttention().options).toMatchObject({ value: false, regularization: false, value_initialized: false });
  });

  it('are refused where they are wrong', () => {
    expect(() => attention({ keys: true } as object)).toThrow(/"keys".*Did you mean "key"/);
    expect(() => attention({ dropout_prob: 1 })).toThrow(/dropout_prob.*null or a number from 0 to 1/);
    expect(() => attention({ value: 'yes' } as object)).toThrow(/true or false/);
  });
});

describe('new parameters', () => {
  const init = (options: Parameters<typeof attention>[0]) =>
    attention(options).create({ attentionDropout: 0 }).init(site, 3, parameterRandom(1, 'f'));

  it('start the value projection near the identity, or at random', async () => {
    const near = init({});
    expect(Object.keys(near)).toEqual(['query.weight', 'query.bias', 'key.weight', 'key.bias', 'value.weight']);
    const value = await read(near['value.weight']!);
    expect([...value].slice(0, 2)).toEqual([1, Math.fround(1e-6)]);
    const drawn = init({ value_initialized: false });
    expect((await read(drawn['value.weight']!)).every((each) => Math.abs(each) < 0.2)).toBe(true);
    dispose([...Object.values(near), ...Object.values(drawn)]);
  });

  it('start as the mean of the contributions, with a gradient', async () => {
    const before = tensorCount();
    for (const options of [{}, { query: false }]) {
      const given = { ...options, initial: 'average', dropout_prob: 0 } as const;
      const world = makeWorld([{}, { bottleneck: 3 }, {}], {});
      const fusion = attention(given).create({ attentionDropout: 0 });
      const start = fusion.init(site, 3, parameterRandom(1, 'f'));
      const learned = Object.fromEntries(Object.entries(start).map(([name, from]) => [name, parameter(from)]));
      for (const each of Object.values(learned)) setTrainable(each, true);
      const residual = world.leaves.get('residual')!;
      const call = () =>
        fusion.mix(learned, { beforeNorm: residual, afterNorm: residual }, childrenOf(world), {
          site,
          scopeName,
          residual,
          mask: residual,
        });
      const { mixed, weights } = call();
      for (const weight of await read(weights)) expect(weight).toBeCloseTo(1 / 3, 6);
      const mean = scope(() =>
        add(
          residual,
          mul(
            [0, 1, 2].map((at) => contribution(world, at)).reduce((a, b) => add(a, b)),
            1 / 3,
          ),
        ),
      );
      const expected = await read(mean);
      (await read(mixed)).forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 5));
      const { value, gradients: found } = gradients(() => scope(() => probe(call())), new Map(Object.entries(learned)));
      const moving = options.query === false ? 'key.weight' : 'query.weight';
      expect((await read(found.get(moving)!)).some((each) => Math.abs(each) > 1e-4)).toBe(true);
      dispose([mixed, weights, mean, value, ...found.values(), ...Object.values(start), ...Object.values(learned)]);
      dispose([...world.leaves.values()]);
    }
    expect(tensorCount()).toBe(before);
  });

  it('are only those that are used', () => {
    const params = init({ query: false, value: false });
    expect(Object.keys(params)).toEqual(['key.weight', 'key.bias']);
    dispose(params);
  });
});

describe('the penalty', () => {
  it('is 0.01 · ‖I − W‖², with its gradient', async () => {
    const before = tensorCount();
    const values = Float32Array.from({ length: width * width }, (_, index) => Math.sin(index));
    const weight = parameter(values, [width, width]);
    setTrainable(weight, true);
    const fusion = attention().create({ attentionDropout: 0 });
    const { value, gradients: found } = gradients(
      () => fusion.penalty!({ 'value.weight': weight }),
      new Map([['value.weight', weight]]),
    );
    const distance = values.map((each, index) => each - (index % (width + 1) === 0 ? 1 : 0));
    expect((await read(value))[0]).toBeCloseTo(0.01 * distance.reduce((sum, each) => sum + each * each, 0), 6);
    const gradient = await read(found.get('value.weight')!);
    for (const [index, each] of gradient.entries()) expect(each).toBeCloseTo(0.02 * distance[index]!, 6);
    dispose([value, weight, ...found.values()]);
    expect(tensorCount()).toBe(before);
  });

  it('is absent without regularization or value projection', () => {
    expect(attention({ regularization: false }).create({ attentionDropout: 0 }).penalty).toBeUndefined();
    expect(staticAttention().create({ attentionDropout: 0 }).penalty).toBeUndefined();
  });
});

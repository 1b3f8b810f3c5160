import { dispose, openBackend, read, tensorCount } from '@adapterfusion/tensor';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Composition, ForwardOptions, Model } from './index.js';
import { batchOf, bump, layers, tokensSeen, toyFusion, toyHead, toyModel, labelTargets } from './toys.spec.js';

const batch = batchOf([
  [1, 2, 3, 4],
  [5, 6, 0, 1],
]);
const fuse = (fusion: string, ...children: Extract<Composition, { type: 'fuse' }>['children']) =>
  ({ type: 'fuse', fusion, children }) as const;
const everywhere = Array.from({ length: layers }, () => 4);
const KEY = { seed: 1, step: 0, microBatch: 0 };
const lastAlone = [...everywhere.slice(1), 1];

let model: Model;
let before = 0;
beforeAll(() => openBackend('cpu'));
beforeEach(async () => {
  before = tensorCount();
  model = toyModel();
  model.addHead('all', toyHead({ tokensUsed: 'all' }), ['x', 'y', 'z'], { values: await model.values('heads', 'h') });
  model.addAdapter('neighbours', bump({ tokenwise: false }), { seed: 9 });
  model.addAdapter('neighbours below', bump({ tokenwise: false, without: [layers - 1] }), { seed: 9 });
  model.addFusion(toyFusion(), fuse('f', 'a', 'b', 'c'), { seed: 3 });
  model.addFusion(toyFusion({ tokenwise: false }), fuse('g', 'a', 'b'), { seed: 3 });
});
afterEach(() => {
  model.dispose();
  expect(tensorCount(), 'tensors left after dispose()').toBe(before);
});

/** Logits by way of a head, and how many tokens the layers saw on it. */
async function logits(head: string, options: Omit<ForwardOptions, 'train' | 'reads'> = {}) {
  const made = model.classify(batch, { head, ...options });
  const values = [...(await read(made.logits))];
  dispose([made.logits, ...made.attention.map(({ weights }) => weights)]);
  return { values, seen: [...tokensSeen] };
}

describe('where a head reads the first token, the last layer computes that one', () => {
  const compositions: Record<string, Composition | undefined> = {
    'no adapter': undefined,
    'an adapter': 'a',
    'one at both places': 'twice',
    'one at a projection': 'linear',
    'one that stands beside': 'p',
    'a stack': { type: 'stack', children: ['a', 'b'] },
    'a fusion': fuse('f', 'a', 'b', 'c'),
    'an average': { type: 'average', children: ['a', 'p'] },
    'parallel branches': { type: 'parallel', children: ['a', 'b', { type: 'none' }] },
    'an adapter a row': { type: 'batch-split', children: ['a', 'b'], sizes: [1, 1] },
    'one that looks at its neighbours further down': 'neighbours below',
  };
  it.each(Object.entries(compositions))('with %s, and gives the same', async (_, composition) => {
    model.compose(composition);
    const [short, long] = [await logits('h'), await logits('all')];
    expect(short.values).toEqual(long.values);
    expect([short.seen, long.seen]).toEqual([lastAlone, everywhere]);
  });

  it('with adapters that are chosen row by row', async () => {
    const adapters = ['b', null];
    const [short, long] = [await logits('h', { adapters }), await logits('all', { adapters })];
    expect(short.values).toEqual(long.values);
    expect(short.seen).toEqual(lastAlone);
  });

  it('in training', () => {
    model.compose(fuse('f', 'a', 'b', 'c'));
    model.parameters.setTrainable((path) => path.startsWith('fusions/f/'));
    const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), { head: 'h', train: { key: KEY } });
    expect(tokensSeen).toEqual(lastAlone);
    expect(gradients.size).toBe(layers);
    dispose([loss, ...gradients.values()]);
  });
});

describe('the last layer computes all tokens', () => {
  const wanting: Record<string, [Composition, Omit<ForwardOptions, 'train' | 'reads'>]> = {
    'where attention is asked for': [fuse('f', 'a', 'b', 'c'), { attention: true }],
    'where an adapter in it looks at its neighbours': ['neighbours', {}],
    'where a fusion in it does': [fuse('g', 'a', 'b'), {}],
    'where adapters have stretches of tokens': [{ type: 'split', children: ['a', 'b'], splits: [1, 3] }, {}],
  };
  it.each(Object.entries(wanting))('%s', async (_, [composition, options]) => {
    model.compose(composition);
    const [short, long] = [await logits('h', options), await logits('all', options)];
    expect(short.values).toEqual(long.values);
    expect(short.seen).toEqual(everywhere);
  });

  it('where adapters that look at their neighbours are skipped in it, no more', async () => {
    model.compose('neighbours');
    expect((await logits('h', { skip: [layers - 1] })).seen).toEqual(lastAlone);
  });

  it('where hidden states are asked for', () => {
    const { hidden, mask, hiddenStates } = model.forward(batch, { tokensUsed: 'first', hiddenStates: true });
    expect(hidden.shape[1]).toBe(4);
    dispose([hidden, mask, ...hiddenStates]);
  });
});

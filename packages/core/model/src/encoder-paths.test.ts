import type { Backbone, Head } from '@adapterfusion/contracts';
import { mul, openBackend, read, sum, tensor, tensorCount } from '@adapterfusion/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Model } from './index.js';
import { toyHead } from './toys.spec.js';

const backbone: Backbone = {
  modelType: 'toy',
  hidden: 2,
  layers: 0,
  maxLength: 4,
  headDropout: 0,
  attentionDropout: 0,
  sites: [],
  parameters: [
    { path: 'words', shape: [3, 2], fingerprint: true },
    { path: 'extra', shape: [1], fingerprint: true, optional: true },
    { path: 'pooler', shape: [2], fingerprint: false, optional: true },
  ],
  pathOf: (name) => name,
  embed: () => tensor([1, 2], [1, 1, 2]),
  layer: (_, __, hidden) => hidden,
  pool: (params, hidden) => params['pooler'] && mul(sum(hidden, 1), params['pooler']),
};
const pooling = (pool: NonNullable<Head['pool']>, more: Partial<Head>) => {
  const configured = toyHead();
  return { ...configured, create: (shape: never) => ({ ...configured.create(shape), pool, ...more }) };
};

let model: Model;
let before = 0;
beforeAll(async () => {
  await openBackend('cpu');
  before = tensorCount();
  model = new Model(backbone, { words: tensor(new Float32Array(6), [3, 2]), pooler: tensor([1, 2], [2]) });
  model.addHead('first', toyHead(), ['a', 'b'], { seed: 1 });
  const pooled: NonNullable<Head['pool']> = (input) => input.pooled!()!;
  model.addHead('pooled', pooling(pooled, { readsPooler: true }), ['a', 'b'], { seed: 1 });
  model.addHead('silent', pooling(pooled, {}), ['a', 'b'], { seed: 1 });
});
afterAll(() => {
  model.dispose();
  expect(tensorCount()).toBe(before);
});

it('of a head that reads no pooler are those of the fingerprint that there are', () => {
  expect(model.encoderPaths('first')).toEqual(['words']);
});

it('of a head that reads the pooler are also its own', () => {
  expect(model.encoderPaths('pooled')).toEqual(['words', 'pooler']);
});

it('need the head to say that it reads the pooler', async () => {
  const held = tensorCount();
  const batch = { ids: Int32Array.of(1), types: Int32Array.of(0), mask: Float32Array.of(1), shape: [1, 1] as const };
  const logits = model.logits(batch, { head: 'pooled' });
  expect([...(await read(logits))].every(Number.isFinite)).toBe(true);
  logits.dispose();
  // As from a plugin it comes as PLUGIN_FAILED, with the plugin's name.
  expect(() => model.logits(batch, { head: 'silent' })).toThrow('readsPooler: true');
  expect(tensorCount()).toBe(held);
});

it('of an unknown head are refused', () => {
  expect(() => model.encoderPaths('second')).toThrow(expect.objectContaining({ code: 'COMPOSITION_INVALID' }) as Error);
});

import { assign, mul, scope, tensorCount } from '@adapterfusion/tensor';
import { closeBackend, openBackend } from 'adapterfusion';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inOnePass, inPasses } from './five.js';
import { randomModel } from './random-model.js';

beforeAll(() => openBackend('wasm'));
afterAll(() => closeBackend());

it('five heads answer the same in one pass as in five, each another answer, and nothing is left', async () => {
  const work = { case: 'five', shape: 'tiny', adapters: 5, batch: 2, length: 7 } as const;
  const model = randomModel(work, 'attention');
  // New adapters do next to nothing; these are to be told apart.
  model.parameters.setTrainable((path) => path.startsWith('adapters/'));
  for (const parameter of model.parameters.trainable().values()) scope(() => assign(parameter, mul(parameter, 30)));
  const before = tensorCount();
  const ids = Int32Array.from({ length: 14 }, (_, index) => 5 + ((index * 7919) % 30000));
  const batch = { ids, types: new Int32Array(14), mask: new Float32Array(14).fill(1), shape: [2, 7] } as const;
  const once = await inOnePass(model, batch);
  const apart = await inPasses(model, batch);
  expect(once.map(({ length }) => length)).toEqual([4, 4, 4, 4, 4]);
  expect(new Set(once.map((logits) => logits[0])).size).toBe(5);
  for (const [index, logits] of once.entries())
    for (const [at, value] of logits.entries()) expect(value).toBeCloseTo(apart[index]![at]!, 5);
  expect(tensorCount()).toBe(before);
  model.dispose();
});

import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Composition, Model } from './index.js';
import { batchOf, toyFusion, toyModel } from './toys.spec.js';

/** A fusion of three children, two rows, and how to train on them. */
export const FUSED = {
  fused: { type: 'fuse', fusion: 'f', children: ['a', 'b', 'c'] } satisfies Composition,
  batch: batchOf([
    [1, 2, 3],
    [5, 6, 0],
  ]),
  options: { head: 'h', train: { key: { seed: 1, step: 2, microBatch: 0 } } },
};

/** A model composed as {@link FUSED} for each test, and nothing left of it afterwards. */
export function fusedModel(give: (model: Model) => void): void {
  let model: Model;
  let before = 0;
  beforeAll(() => openBackend('cpu'));
  beforeEach(() => {
    before = tensorCount();
    model = toyModel();
    model.addFusion(toyFusion(), FUSED.fused, { seed: 3 });
    model.compose(FUSED.fused);
    give(model);
  });
  afterEach(() => {
    model.dispose();
    expect(tensorCount(), 'tensors left after dispose()').toBe(before);
  });
}

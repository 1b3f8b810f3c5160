import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lora } from '@adapterfusion/adapter-lora';
import { nodeFiles } from '@adapterfusion/files-node';
import { average } from '@adapterfusion/fusion-average';
import { Model, type Composition } from '@adapterfusion/model';
import { loadBackbone } from '@adapterfusion/runtime';
import { dispose, openBackend, read } from '@adapterfusion/tensor';
import { createRegistry } from 'adapterfusion';
import { expect, it } from 'vitest';
import { farthest } from './numbers.js';
import { batchOf } from './tiny-model.js';

const fixtures = fileURLToPath(new URL('../fixtures/encoders/bert/', import.meta.url));
const batch = batchOf(JSON.parse(readFileSync(`${fixtures}batch.json`, 'utf8')) as Parameters<typeof batchOf>[0]);
const train = { key: { seed: 1, step: 0, microBatch: 0 } };

it('drops out of what LoRA reads in single use, and not inside a fusion', async () => {
  await openBackend('cpu');
  const { backbone, params } = await loadBackbone(nodeFiles(), `${fixtures}base`, createRegistry());
  const model = new Model(backbone, params);
  for (const name of ['a', 'b'])
    model.addAdapter(name, lora({ r: 2, dropout: 0.5, init_weights: 'bert' }), { seed: 1 });
  for (const path of model.parameters.paths().filter((each) => each.startsWith('adapters/'))) {
    const { shape, size } = model.parameters.get(path);
    model.parameters.set(path, {
      shape: [...shape],
      data: Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
    });
  }
  const fuse: Extract<Composition, { type: 'fuse' }> = { type: 'fuse', fusion: 'f', children: ['a', 'b'] };
  model.addFusion(average(), fuse, { seed: 1 });
  const far = async (composition: Composition): Promise<number> => {
    model.compose(composition);
    const passes = [model.forward(batch), model.forward(batch, { train })];
    const [evaluated, trained] = await Promise.all(passes.map(({ hidden }) => read(hidden)));
    for (const { hidden, mask } of passes) dispose([hidden, mask]);
    return farthest(evaluated!, trained!);
  };
  expect(await far('a')).toBeGreaterThan(0.01);
  expect(await far(fuse)).toBe(0);
  model.dispose();
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readAdapterHub } from '@adapterfusion/adapterhub';
import { parseSafetensors, toFloat32 } from '@adapterfusion/checkpoint';
import { nodeFiles } from '@adapterfusion/files-node';
import { Model } from '@adapterfusion/model';
import { addAdapters, loadBackbone } from '@adapterfusion/runtime';
import { dispose, openBackend, read } from '@adapterfusion/tensor';
import { createRegistry } from 'adapterfusion';
import { beforeAll, describe, expect, it } from 'vitest';
import { farthest } from './numbers.js';
import { batchOf } from './tiny-model.js';

/* What fixtures/peft_adapters.py wrote with PEFT itself. */

const fixtures = fileURLToPath(new URL('../fixtures/encoders/', import.meta.url));
const batch = batchOf(JSON.parse(readFileSync(`${fixtures}bert/batch.json`, 'utf8')) as Parameters<typeof batchOf>[0]);

beforeAll(() => openBackend('cpu'));

describe('adapters of PEFT', () => {
  it.each(['lora', 'rslora', 'ia3'])('%s computes what it does there', async (name) => {
    const { tensors } = parseSafetensors(readFileSync(`${fixtures}peft/expected.safetensors`), 'expected');
    const registry = createRegistry();
    const { backbone, params } = await loadBackbone(nodeFiles(), `${fixtures}bert/base`, registry);
    const model = new Model(backbone, params);
    const { adapters, composition } = await readAdapterHub(nodeFiles(), `${fixtures}peft/${name}`);
    addAdapters(model, new Map(adapters.map((each) => [each.name, { ...each, values: each.tensors }])), registry);
    model.compose(composition);
    const { hidden, mask } = model.forward(batch);
    expect(farthest(await read(hidden), toFloat32(tensors.get(`${name}/hidden`)!))).toBeLessThan(1e-5);
    dispose([hidden, mask]);
    model.dispose();
  });
});

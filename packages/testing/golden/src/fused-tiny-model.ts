import { fileURLToPath } from 'node:url';
import { nodeFiles } from '@adapterfusion/files-node';
import { Model, type Composition, type Values } from '@adapterfusion/model';
import { loadBackbone } from '@adapterfusion/runtime';
import { read } from '@adapterfusion/tensor';
import { createRegistry } from 'adapterfusion';
import { noiseFrom } from './noise.js';

const fixtures = fileURLToPath(new URL('../fixtures/encoders/', import.meta.url));
const registry = createRegistry();

export type Fuse = Extract<Composition, { type: 'fuse' }>;

/** The tiny encoder with adapters of the given methods, called a, b, …, and a fusion of them; everything has random values. */
export async function fusedModel(methods: readonly string[], fusion: string, more: Partial<Fuse> = {}): Promise<Model> {
  const { backbone, params } = await loadBackbone(nodeFiles(), `${fixtures}bert/base`, registry);
  const model = new Model(backbone, params);
  const children = methods.map((method, at) => {
    const name = 'abcdef'[at]!;
    model.addAdapter(name, registry.configure('adapter', method), { seed: at });
    return name;
  });
  const node: Fuse = { type: 'fuse', fusion: 'f', children, ...more };
  model.addFusion(registry.configure('fusion', fusion), node, { seed: 1 });
  const noise = noiseFrom(5);
  for (const path of model.parameters.paths().filter((each) => /^(adapters|fusions)\//.test(each))) {
    const held = model.parameters.get(path);
    const data = Float32Array.from(await read(held));
    const values: Values = { shape: [...held.shape], data };
    const made = noise(path.replace('lora_B', 'up'), values);
    model.parameters.set(path, path.endsWith('weights') ? { ...made, data: made.data.map((each) => 2 * each) } : made);
  }
  model.compose(node);
  return model;
}

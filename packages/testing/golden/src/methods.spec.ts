import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readAdapter } from '@adapterfusion/adapterhub';
import { classification } from '@adapterfusion/head-classification';
import { nodeFiles } from '@adapterfusion/files-node';
import { Model } from '@adapterfusion/model';
import { loadBackbone } from '@adapterfusion/runtime';
import { dispose, read, tensorCount, type BackendName } from '@adapterfusion/tensor';
import { createRegistry } from 'adapterfusion';
import { beforeAll, describe, expect, it } from 'vitest';
import { farthest, lacks, open, shared } from './shared.js';
import { batchOf, labelTargets } from './tiny.js';

interface Stored {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
interface Expected {
  readonly logits: number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Stored>>;
}

const folder = fileURLToPath(new URL('../fixtures/methods', import.meta.url));
const NAMES = ['prefix', 'prefix-flat', 'prefix-top'] as const;
const BOTTLENECKS = ['compacter', 'compacter-pp', 'compacter-shared', 'compacter-whole', 'inverted'] as const;
const METHODS = [...NAMES, ...BOTTLENECKS];
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as {
  inputs: Parameters<typeof batchOf>[0];
  labels: number[];
  head: Readonly<Record<string, Stored>>;
} & Readonly<Record<(typeof METHODS)[number], Expected>>;
const train = { key: { seed: 0, step: 0, microBatch: 0 } };

/** Our path of a tensor of the reference's. */
const pathOf = (name: string, adapter: string): string =>
  `adapters/${adapter}/${name
    .replace(/^bert\./, '')
    .replace(
      /^(encoder\.layer\.\d+\.attention\.self\.prefix_tuning\.pool\.)?prefix_tunings\.[^.]+\.self_prefix\./,
      'shared/model/',
    )
    .replace(/^shared_parameters\.[^.]+\./, 'shared/model/')
    .replace(/^invertible_adapters\.[^.]+\./, 'embeddings/output/')
    .replace(/^encoder\.layer\.(\d+)\.attention\.output\.adapters\.[^.]+\./, '$1/mh_adapter/')
    .replace(/^encoder\.layer\.(\d+)\.output\.adapters\.[^.]+\./, '$1/output_adapter/')
    .replace('adapter_down.0.', 'down.')
    .replace('adapter_up.', 'up.')}`;

/** The tiny encoder with one of the reference's adapters and its head. */
async function modelWith(name: string): Promise<Model> {
  const files = nodeFiles();
  const registry = createRegistry();
  await registry.provideAll('adapter');
  const { backbone, params } = await loadBackbone(files, shared('golden/adapterhub-tiny/base'), registry);
  const model = new Model(backbone, params);
  const { plugin, options, tensors } = await readAdapter(files, `${folder}/${name}`);
  model.addAdapter(name, registry.configure('adapter', plugin, options), { values: tensors });
  const part = (of: string) => ({ ...expected.head[of]!, data: Float32Array.from(expected.head[of]!.values) });
  const values = new Map([
    ['out.weight', part('1.weight')],
    ['out.bias', part('1.bias')],
  ]);
  model.addHead('clf', classification({ layers: 1 }), ['a', 'b', 'c'], { values });
  model.compose(name);
  model.parameters.setTrainable((path) => path.startsWith(`adapters/${name}/`));
  return model;
}

/** Logits, loss and gradients of adapters that the reference saved, within 1e-5 of its own. */
export function describeMethods(backend: BackendName): void {
  const lack = lacks(backend, { shared: true });
  describe.skipIf(lack)(lack ?? `methods of the reference on ${backend}`, () => {
    beforeAll(() => open(backend));

    it.each(METHODS)('%s', async (name) => {
      const model = await modelWith(name);
      const batch = batchOf(expected.inputs);
      const before = tensorCount();
      const logits = model.logits(batch, { head: 'clf' });
      expect(farthest(await read(logits), expected[name].logits)).toBeLessThan(1e-5);
      const { loss, gradients } = model.lossAndGradients(batch, labelTargets(expected.labels), { head: 'clf', train });
      expect(farthest(await read(loss), [expected[name].loss])).toBeLessThan(1e-5);
      const wanted = Object.entries(expected[name].gradients);
      expect([...gradients.keys()].sort()).toEqual(wanted.map(([each]) => pathOf(each, name)).sort());
      for (const [each, { values }] of wanted)
        expect(farthest(await read(gradients.get(pathOf(each, name))!), [...values]), each).toBeLessThan(1e-5);
      dispose([logits, loss, ...gradients.values()]);
      expect(tensorCount()).toBe(before);
      model.dispose();
    });
  });
}

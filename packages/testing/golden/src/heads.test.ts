import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readHead } from '@adapterfusion/adapterhub';
import { nodeFiles } from '@adapterfusion/files-node';
import { dispose, openBackend, read, tensorCount } from '@adapterfusion/tensor';
import { createRegistry } from 'adapterfusion';
import { expect, it } from 'vitest';
import { farthest, lacks } from './shared.js';
import { pathOf } from './stored-names.js';
import { batchOf, tinyModel } from './tiny.js';

interface Expected {
  readonly labels: number[];
  readonly logits: number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, number[]>>;
}
const folder = fileURLToPath(new URL('../fixtures/heads', import.meta.url));
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as {
  inputs: Parameters<typeof batchOf>[0];
  regression: Expected;
  choice: Expected;
};
const lack = lacks('cpu', { shared: true });
const train = { key: { seed: 0, step: 0, microBatch: 0 } };

it.skipIf(lack).each([
  ['regression', {}],
  ['choice', { groups: [2, 2] }],
] as const)(`the head "%s" of the reference: logits, loss, gradients ${lack ?? ''}`, async (name, given) => {
  await openBackend('cpu');
  const model = await tinyModel('mnli');
  const head = await readHead(nodeFiles(), `${folder}/${name}`);
  const registry = createRegistry();
  const configured = registry.configure('head', head.plugin, head.options);
  model.addHead(name, configured, head.labels, { values: head.tensors }, head.task);
  const kind = registry.configure('task', head.task.plugin, head.task.options).create({ labels: head.labels });
  const batch = { ...batchOf(expected.inputs), ...given };
  const want = expected[name];
  const groups = batch.groups ?? want.labels.map(() => 1);
  const targets = kind.collate(want.labels, { groups, time: batch.shape[1] });
  const logits = model.logits(batch, { head: name });
  expect(logits.shape).toEqual([4, 1]);
  expect(farthest(await read(logits), want.logits)).toBeLessThan(1e-5);
  model.parameters.setTrainable((path) => path.startsWith('heads/') || path.startsWith('adapters/mnli/'));
  const { loss, gradients } = model.lossAndGradients(batch, targets, { head: name, train });
  expect(Math.abs((await read(loss))[0]! - want.loss)).toBeLessThan(1e-5);
  for (const [stored, values] of Object.entries(want.gradients)) {
    const path = pathOf(stored.replace(/^heads\.\w+\./, 'heads.clf.')).replace('heads/clf', `heads/${name}`);
    expect(farthest(await read(gradients.get(path)!), values), path).toBeLessThan(1e-5);
  }
  dispose([logits, loss, ...gradients.values()]);
  model.dispose();
  expect(tensorCount()).toBe(0);
});

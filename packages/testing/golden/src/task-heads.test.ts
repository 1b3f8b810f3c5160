import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readHead } from '@adapterfusion/adapterhub';
import type { ParameterReference } from '@adapterfusion/contracts';
import { nodeFiles } from '@adapterfusion/files-node';
import { currentBackend, dispose, openBackend, read, tensorCount } from '@adapterfusion/tensor';
import { resolveSettings, trainLoop, type TrainingRow } from '@adapterfusion/training';
import { createRegistry } from 'adapterfusion';
import { expect, it } from 'vitest';
import { farthest, lacks } from './shared.js';
import { pathOf } from './stored-names.js';
import { batchOf, tinyModel } from './tiny.js';

type Table = readonly (readonly number[])[];

interface Expected {
  readonly targets: { labels: Table; start_positions: readonly number[]; end_positions: readonly number[] };
  readonly logits: number[];
  readonly loss: number;
  readonly gradients: Readonly<Record<string, number[]>>;
  readonly losses: readonly number[];
}
const folder = fileURLToPath(new URL('../fixtures/task-heads', import.meta.url));
const expected = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as {
  inputs: Parameters<typeof batchOf>[0];
  steps: number;
  rate: number;
} & Readonly<Record<'tagging' | 'tagging2' | 'several' | 'answers', Expected>>;
const lack = lacks('cpu', { shared: true });
const train = { key: { seed: 0, step: 0, microBatch: 0 } };

/** The reference leaves out −100 and padding. */
const tagsOf = ({ labels }: Expected['targets']) =>
  labels.map((row, index) =>
    row.map((tag, at) => (expected.inputs.attention_mask[index]![at] === 1 ? Math.max(tag, -1) : -1)),
  );

/** The targets of rows as the task kind of a head collates them. */
const targetsOf = {
  tagging: tagsOf,
  tagging2: tagsOf,
  several: ({ labels }: Expected['targets']) =>
    labels.map((row) => row.flatMap((there, label) => (there === 1 ? [label] : []))),
  answers: ({ start_positions: starts, end_positions: ends }: Expected['targets']) =>
    starts.map((start, row) => ({ start, end: ends[row] })),
} as const;

/** What a module of the reference's head is here: dropout, dense, activation, dropout, out; or dropout, out. */
const moduleOf = (name: string, module: string): string =>
  module === '1' && ['tagging2', 'several'].includes(name) ? 'dense' : 'out';

/** The tiny model with a head of the reference, without dropout, and the head's task kind. */
async function withHead(name: keyof typeof targetsOf) {
  await openBackend('cpu');
  const model = await tinyModel('mnli', {}, 0);
  const head = await readHead(nodeFiles(), `${folder}/${name}`);
  const registry = createRegistry();
  await registry.provideAll('task');
  await registry.provideAll('head');
  const configured = registry.configure('head', head.plugin, head.options);
  model.addHead(name, configured, head.labels, { values: head.tensors }, head.task);
  const kind = registry.configure('task', head.task.plugin, head.task.options).create({ labels: head.labels });
  model.parameters.setTrainable((path) => path.startsWith(`heads/${name}/`) || path.startsWith('adapters/mnli/'));
  const targets = targetsOf[name](expected[name].targets);
  return { model, kind, targets };
}

it.skipIf(lack).each(['tagging', 'tagging2', 'several', 'answers'] as const)(
  `the head "%s" of the reference: logits, loss, gradients ${lack ?? ''}`,
  async (name) => {
    const { model, kind, targets } = await withHead(name);
    const batch = batchOf(expected.inputs);
    const [rows, time] = batch.shape;
    const want = expected[name];
    const logits = model.logits(batch, { head: name });
    expect(logits.shape.slice(0, 2)).toEqual(name === 'several' ? [rows, 3] : [rows, time]);
    expect(farthest(await read(logits), want.logits)).toBeLessThan(1e-5);
    const collated = kind.collate(targets, { groups: targets.map(() => 1), time });
    const { loss, gradients } = model.lossAndGradients(batch, collated, { head: name, train });
    expect(Math.abs((await read(loss))[0]! - want.loss)).toBeLessThan(1e-5);
    for (const [stored, values] of Object.entries(want.gradients)) {
      const own = pathOf(stored).replace(
        /^heads\.\w+\.(\d)\./,
        (_, module: string) => `heads/${name}/${moduleOf(name, module)}.`,
      );
      expect(farthest(await read(gradients.get(own)!), values), own).toBeLessThan(1e-5);
    }
    dispose([logits, loss, ...gradients.values()]);
    model.dispose();
    expect(tensorCount()).toBe(0);
  },
);

it.skipIf(lack).each(['tagging', 'tagging2', 'several', 'answers'] as const)(
  `50 losses of the reference for "%s", adapter and head trained ${lack ?? ''}`,
  async (name) => {
    const { model, kind, targets } = await withHead(name);
    const { input_ids: ids, token_type_ids: types, attention_mask: mask } = expected.inputs;
    const rows = ids.map((row, index): TrainingRow => {
      const length = mask[index]!.reduce((sum, each) => sum + each, 0);
      const encoding = { ids: row.slice(0, length), types: types![index]!.slice(0, length) };
      const target = targets[index]!;
      return {
        group: [encoding],
        target: Array.isArray(target) && name !== 'several' ? target.slice(0, length) : target,
      };
    });
    const { steps, rate } = expected;
    const settings = resolveSettings({
      ...{ epochs: steps, batchSize: rows.length, learningRate: rate, warmup: 0, weightDecay: 0, clip: 1 },
      checkpointEvery: 0,
    });
    const phase = {
      ...{ name: 'reference', settings },
      trains: ({ kind: of }: ParameterReference) => of === 'head' || of === 'adapter',
    };
    const losses: number[] = [];
    const tasks = [{ head: name, rows, metrics: [], kind }];
    for await (const event of trainLoop({ model, tasks, phase, backend: currentBackend() }))
      if (event.type === 'step') losses.push(event.loss);
    const want = expected[name].losses;
    expect(losses).toHaveLength(want.length);
    expect(farthest(Float32Array.from(losses), [...want])).toBeLessThan(1e-4);
    expect(want.at(-1)).toBeLessThan(want[0]! / 5);
    model.dispose();
    expect(tensorCount()).toBe(0);
  },
);

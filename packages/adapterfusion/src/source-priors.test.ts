import { openBackend, read, tensor } from '@adapterfusion/tensor';
import { beforeAll, expect, it } from 'vitest';
import { train } from './index.js';
import { createRegistry } from './builtin-plugins.js';
import { tinyTask } from './memory.spec.js';
import { openAdapters, type OpenAdapter } from './open-adapters.js';
import { openSession, type Session } from './session.js';
import { sourcePriors, type HeadPrior, type SourcePriors } from './source-priors.js';
import type { WorkbenchOptions } from './workbench.js';

const files = tinyTask();
const head = { pooling: 'mean', dropout: 0 };
const settings = { epochs: 1, batchSize: 16, seed: 3, checkpointEvery: 0 };
let session: Session;
let adapters: readonly OpenAdapter[];

beforeAll(async () => {
  await openBackend('cpu');
  for (const [name, more] of [
    ['a', {}],
    ['b', {}],
    ['deep', { layers: 2 }],
    ['cls', { pooling: 'cls' }],
  ] as const) {
    const given = { files, backend: 'cpu' as const, model: 'encoder', settings, data: 'rows.tsv', name, out: name };
    for await (const event of train({ ...given, head: { ...head, ...more } })) void event;
  }
  session = await openSession('encoder', { files, backend: 'cpu', registry: createRegistry() });
  adapters = await openAdapters(session, { adapters: ['a', 'b', 'deep', 'cls'] });
  session.model.addHead(
    'target',
    session.registry.configure('head', 'classification', { ...head, layers: 1 }),
    ['x', 'y'],
    {
      seed: 1,
    },
  );
});

const priorsFor = (labels: readonly string[], own: readonly string[] = [], sameLabels = false): SourcePriors => {
  const given = {
    ...{ session, adapters, head: session.model.heads.get('target')!.instance },
    ...{
      task: { data: { labels, task: session.registry.configure('task', 'text-classification') } },
      own: own.map((name) => ({ name })),
    },
  };
  return sourcePriors(given as unknown as WorkbenchOptions, sameLabels);
};

it('are the heads that answer with the same labels, are linear and read the same features', () => {
  const labels = adapters[0]!.head!.labels;
  expect([...priorsFor(labels).of.keys()]).toEqual(['a', 'b']);
  expect([...priorsFor(labels, ['a']).of.keys()]).toEqual(['b']);
  expect([...priorsFor([...labels, 'other']).of.keys()]).toEqual([]);
  expect(priorsFor(['x', 'y']).mean).toBeUndefined();
  expect([...priorsFor(['x', 'y'], [], true).of.keys()]).toEqual(['a', 'b']);
});

it('have the outputs in the order of the labels, and the mean of the heads', async () => {
  const { hidden } = session.model.backbone;
  const { labels, plugin, options, values } = adapters[0]!.head!;
  const { model, registry } = session;
  model.addHead('source', registry.configure('head', plugin, options), labels, { values });
  const { instance, params } = model.heads.get('source')!;
  const features = Float32Array.from({ length: hidden }, (_, at) => Math.sin(3 * at));
  const logits = await read(instance.forward(params, tensor(features, [1, hidden])));
  const of = (prior: HeadPrior): number[] => {
    const [weights, bias] = [prior['out.weight']!.data, prior['out.bias']!.data];
    return [...bias].map((value, k) =>
      features.reduce((sum, each, at) => sum + each * weights[k * hidden + at]!, value),
    );
  };
  const inOrder = priorsFor(labels);
  const reversed = of(priorsFor([...labels].reverse()).of.get('a')!);
  of(inOrder.of.get('a')!).forEach((value, k) => {
    expect(value).toBeCloseTo(logits[k]!, 5);
    expect(reversed[labels.length - 1 - k]).toBe(value);
  });
  const [a, b] = ['a', 'b'].map((name) => of(inOrder.of.get(name)!));
  of(inOrder.mean!).forEach((value, k) => expect(value).toBeCloseTo((a![k]! + b![k]!) / 2, 5));
});

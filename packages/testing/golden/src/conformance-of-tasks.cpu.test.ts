import { testHead, testTaskKind } from '@adapterfusion/conformance';
import { identityOf } from '@adapterfusion/contracts';
import { createRegistry } from 'adapterfusion';
import { describe, expect, it } from 'vitest';
import { TASK_SAMPLES, type TaskSample } from './task-samples.js';

const registry = createRegistry();
await registry.provideAll('task');
await registry.provideAll('head');
const kinds = registry.list('task');

/** Options with which every head is tested besides its defaults, where the head has them. */
const HEAD_VARIANTS: readonly object[] = [
  { layers: 1 },
  { layers: 1, bias: false, dropout: 0 },
  { layers: 2, activation: 'relu', dropout: 0.3 },
  { layers: 1, pooling: 'mean' },
  { pooling: 'pooler' },
  { layers: 1, centre: 2, scale: 1.5 },
];

const sampleOf = (id: string): TaskSample => TASK_SAMPLES[id] ?? { examples: [] };

it('every task kind of the registry has a sample, and every head a kind', () => {
  expect(kinds.map(({ id }) => id).sort()).toEqual(Object.keys(TASK_SAMPLES).sort());
  expect(registry.list('head').filter((head) => !kindOf(head.supports.tasks))).toEqual([]);
});

function kindOf(tasks: readonly string[]): (typeof kinds)[number] | undefined {
  return kinds.find((kind) => tasks.includes(kind.id) || tasks.includes(identityOf(kind)));
}

for (const { id } of kinds) {
  const { labels = [], examples, broken = [], variants = [] } = sampleOf(id);
  for (const options of [{}, ...variants]) {
    const configured = registry.configure('task', id, options);
    const head = registry.configure('head', configured.create({ labels }).defaultHead, {});
    // A kind that takes questions without an answer does not refuse an empty list.
    const refused = 'unanswerable' in options ? [] : broken;
    testTaskKind({ describe, it }, configured, { labels, examples, head, broken: refused });
  }
}

for (const { id, supports } of registry.list('head')) {
  const kind = kindOf(supports.tasks);
  if (!kind) continue;
  const { labels = [], examples } = sampleOf(kind.id);
  const targets = { taskKind: registry.configure('task', kind.id, {}), examples };
  const accepts = (options: object): boolean => {
    try {
      registry.configure('head', id, options);
      return true;
    } catch {
      return false;
    }
  };
  for (const options of [{}, ...HEAD_VARIANTS.filter(accepts)])
    testHead({ describe, it }, registry.configure('head', id, options), { labels, targets });
}

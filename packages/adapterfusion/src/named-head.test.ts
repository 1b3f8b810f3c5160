import { parseManifest } from '@adapterfusion/checkpoint';
import { definePlugin, type Head, type HeadContext } from '@adapterfusion/contracts';
import { classification } from '@adapterfusion/head-classification';
import { openBackend } from '@adapterfusion/tensor';
import { beforeAll, expect, it } from 'vitest';
import { createRegistry, load, train, type TrainOptions } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const given = { files, backend: 'cpu', model: 'encoder', data: 'rows.tsv', out: 'out', overwrite: true } as const;
const settings = { epochs: 1, checkpointEvery: 0 };

/** A stranger's head: the classification head's layer on the sum of what it reads, twice. */
const doubled = definePlugin<'head', { readonly factor: number }>({
  ...({ kind: 'head', id: 'doubled', packageName: 'strangers', packageVersion: '1.0.0' } as const),
  supports: { tasks: ['text-classification'] },
  options: (input) => ({ factor: (input as { factor?: number }).factor ?? 2 }),
  create: (_, shape: HeadContext): Head => classification({ layers: 1, pooling: 'mean' }).create(shape),
});

async function headAfter(options: Partial<TrainOptions>): Promise<{ plugin: string; options: unknown }> {
  for await (const event of train({ ...given, settings, ...options })) void event;
  const { plugin, options: stored } = Object.values(
    parseManifest(files.held.get('out/adapterfusion.json')!, 'out').heads,
  )[0]!;
  return { plugin, options: stored };
}

beforeAll(async () => {
  await openBackend('cpu');
});

it('a head is chosen by its name, with options', async () => {
  const found = await headAfter({ head: 'classification[layers=2,pooling=mean]' });
  expect(found).toMatchObject({ plugin: '@adapterfusion/head-classification#classification' });
  expect(found.options).toMatchObject({ layers: 2, pooling: 'mean' });
  expect((await headAfter({ head: 'classification' })).options).toMatchObject({ layers: 1 });
  expect((await headAfter({ head: classification({ layers: 2 }) })).options).toMatchObject({ layers: 2 });
});

it('a head of a stranger beside the default one is chosen, and its bundle predicts', async () => {
  const registry = createRegistry().use(doubled);
  expect((await headAfter({ registry })).plugin).toBe('@adapterfusion/head-classification#classification');
  const found = await headAfter({ registry, head: 'doubled[factor=3]' });
  expect(found).toEqual({ plugin: 'strangers#doubled', options: { factor: 3 } });
  const model = await load('out', { files, backend: 'cpu', registry });
  expect((await model.predict(['sun rain']))[0]!.label).toBe('weather');
  model.dispose();
});

it('a package that only declares its head is imported for it', async () => {
  const declared = { kind: 'head', id: 'doubled', packageName: 'strangers', packageVersion: '1.0.0' } as const;
  const registry = createRegistry().declare({ ...declared, import: () => Promise.resolve(doubled.plugin) });
  expect((await headAfter({ registry, head: 'doubled' })).plugin).toBe('strangers#doubled');
});

it('an unknown head and one of another kind of task are refused before anything is written', async () => {
  const refused = (head: string) => headAfter({ head, out: 'refused' });
  await expect(refused('clasification')).rejects.toMatchObject({ code: 'PLUGIN_MISSING' });
  await expect(refused('regression')).rejects.toMatchObject({ code: 'OPTIONS_INVALID', at: 'head' });
  await expect(refused('classification[layers=3]')).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  expect(files.below('refused')).toEqual([]);
});

import { seqBn } from '@adapterfusion/adapter-bottleneck';
import { parseManifest } from '@adapterfusion/checkpoint';
import { definePlugin, type Adapter } from '@adapterfusion/contracts';
import { files as filesDataset } from '@adapterfusion/dataset-files';
import { attention } from '@adapterfusion/fusion-attention';
import { average } from '@adapterfusion/fusion-average';
import { scaling } from '@adapterfusion/fusion-scaling';
import { openBackend } from '@adapterfusion/tensor';
import { fusion as fusionTraining } from '@adapterfusion/trainer-fusion';
import { multiTaskAdapters } from '@adapterfusion/trainer-multi-task';
import { headOnly, singleTaskAdapter } from '@adapterfusion/trainer-single-task';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandFor } from './commands.js';
import { createRegistry, fuse, load, train, type FuseOptions, type RunEvent, type TrainOptions } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const settings = { epochs: 1, seed: 3, checkpointEvery: 0 };
const common = { files, backend: 'cpu', model: 'encoder', data: 'rows.tsv', settings, overwrite: true } as const;

/** An adapter that no registry knows. */
const unregistered = definePlugin<'adapter', { readonly factor: number }>({
  ...({ kind: 'adapter', id: 'unregistered', packageName: 'third-party', packageVersion: '2.1.0' } as const),
  supports: seqBn.plugin.supports,
  options: (input) => ({ factor: 8, ...(input as object) }),
  create: ({ factor }, context): Adapter => seqBn({ reduction_factor: factor }).create(context),
});

async function eventsOf(run: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

const bytesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(files.below(folder).map((name) => [name, [...files.held.get(`${folder}/${name}`)!].join()]));
const manifestOf = (folder: string) => parseManifest(files.held.get(`${folder}/adapterfusion.json`)!, folder);

async function trained(options: Partial<TrainOptions>) {
  await eventsOf(train({ ...common, name: 'rows', out: 'trained', ...options }));
  return bytesOf('trained');
}

async function fused(options: Partial<FuseOptions>) {
  const given = { ...common, adapters: ['a', 'b'], out: 'fused', compare: 'linear' } as const;
  const table = (await eventsOf(fuse({ ...given, ...options }))).find((event) => event.type === 'table')!;
  const { name: saved, logLoss } = table.table.find((row) => row.saved)!;
  return { bytes: bytesOf('fused'), saved, logLoss };
}

beforeAll(async () => {
  await openBackend('cpu');
  await eventsOf(train({ ...common, name: 'a', out: 'a' }));
  await eventsOf(train({ ...common, name: 'b', out: 'b' }));
});

describe('a configured plugin trains as the string does', () => {
  it('as adapter and strategy of train', async () => {
    const expected = await trained({ adapter: 'seq_bn[reduction_factor=4]', strategy: 'st-a[dropLayers=1]' });
    const options = { adapter: seqBn({ reduction_factor: 4 }), strategy: singleTaskAdapter({ dropLayers: 1 }) };
    expect(await trained(options)).toEqual(expected);
    expect(await trained({ ...options, adapter: seqBn({ reductionFactor: 4 }) })).toEqual(expected);
    expect(await trained({ ...options, adapter: seqBn() })).not.toEqual(expected);
    expect(await trained({ strategy: headOnly() })).toEqual(await trained({ strategy: 'head' }));
  });

  it('as fusion and strategy of fuse, with the same name in the table', async () => {
    const expected = await fused({ fusion: 'scaling[per=number]', strategy: 'fusion[adapters=tuned]' });
    expect(expected.saved).toBe('fusion: scaling[per=number]');
    const strategy = fusionTraining({ adapters: 'tuned' });
    expect(await fused({ fusion: scaling({ per: 'number' }), strategy })).toEqual(expected);
    expect(await fused({ fusion: average() })).toEqual(await fused({ fusion: 'average' }));
  });

  it('as data, alone and as one of several tasks', async () => {
    const data = filesDataset({ text: 'text', label: 'label', labels: ['weather', 'animal'], validation: 0.2 });
    await trained({ data, dataDir: 'rows.tsv' });
    expect(manifestOf('trained').training).toMatchObject({ data: 'files', trainRows: 32 });
    const tasks = [{ data, dataDir: 'rows.tsv', name: 'first' }, 'rows.tsv'];
    await trained({ data: tasks, strategy: multiTaskAdapters({ encoder: 'frozen' }), out: 'several' });
    expect(manifestOf('several/first').training).toMatchObject({ strategy: 'mt-a', options: { encoder: 'frozen' } });
  });
});

describe('a configured plugin that is not registered', () => {
  it('trains and is written to the bundle with the version of its package', async () => {
    await trained({ adapter: unregistered({ factor: 4 }), out: 'third' });
    const record = { plugin: 'third-party#unregistered', version: '^2.1.0', options: { factor: 4 } };
    expect(manifestOf('third').adapters['rows']).toEqual(record);
    await expect(load('third', { files, backend: 'cpu' })).rejects.toMatchObject({ code: 'PLUGIN_MISSING' });
    const registry = createRegistry().use(unregistered);
    const model = await load('third', { files, backend: 'cpu', registry });
    expect(await model.predict(['sun rain'])).toHaveLength(1);
    model.dispose();
    expect((await fused({ registry, adapters: ['third', 'a'] })).saved).toContain('average');
  });
});

describe('a configured plugin of another kind is refused before anything is written', () => {
  const refusal = (at: string, kind: string) => ({
    code: 'OPTIONS_INVALID',
    at,
    message: expect.stringContaining(`kind "${kind}"`) as string,
  });

  it('by train', async () => {
    const refused = (options: object) => eventsOf(train({ ...common, out: 'refused', ...options }));
    await expect(refused({ adapter: scaling() })).rejects.toMatchObject(refusal('adapter', 'adapter'));
    await expect(refused({ strategy: seqBn() })).rejects.toMatchObject(refusal('strategy', 'trainer'));
    await expect(refused({ head: seqBn() })).rejects.toMatchObject(refusal('head', 'head'));
    await expect(refused({ data: seqBn() })).rejects.toMatchObject(refusal('data', 'dataset'));
    await expect(refused({ adapter: seqBn })).rejects.toMatchObject(refusal('adapter', 'adapter'));
    await expect(refused({ adapter: { reduction_factor: 4 } })).rejects.toMatchObject(refusal('adapter', 'adapter'));
    await expect(refused({ strategy: 'head', adapter: seqBn({ reduction_factor: 4 }) })).rejects.toThrow(
      /"seq_bn\[reduction_factor=4\]"/,
    );
    expect(files.below('refused')).toEqual([]);
  });

  it('by fuse', async () => {
    await expect(fused({ fusion: seqBn() as never })).rejects.toMatchObject(refusal('fusion', 'fusion'));
    await expect(fused({ strategy: seqBn() as never })).rejects.toMatchObject(refusal('strategy', 'trainer'));
  });
});

it('a recommended command names a configured dataset with the options that differ from its defaults', () => {
  const data = filesDataset({ text: 'review', validation: 0.2 });
  const row = { method: 'head' } as Parameters<typeof commandFor>[0];
  expect(commandFor(row, { model: 'encoder', data, dataDir: 'data', out: 'out' }, 'files', undefined)).toBe(
    'adapterfusion train --model encoder --data files --data-dir data --text review --data-option validation=0.2 --strategy head --out out-head',
  );
});

it('types: values of the right kind compile, others do not', () => {
  const accepted: Partial<TrainOptions & FuseOptions>[] = [
    { adapter: seqBn({ reduction_factor: 4 }), fusion: scaling(), strategy: headOnly() },
    { adapter: 'seq_bn', fusion: 'scaling', strategy: 'st-a' },
    { adapter: unregistered({ factor: 2 }) },
  ];
  // @ts-expect-error -- a fusion is no adapter
  const adapter: Partial<TrainOptions> = { adapter: scaling() };
  // @ts-expect-error -- an adapter is no fusion
  const fusion: Partial<FuseOptions> = { fusion: seqBn() };
  // @ts-expect-error -- an adapter is no strategy
  const strategy: Partial<TrainOptions> = { strategy: seqBn() };
  expect(() => {
    // @ts-expect-error -- a wrong value under the name in camel case
    seqBn({ reductionFactor: 'four' });
  }).toThrow(/seq_bn.reductionFactor/);
  expect(() => {
    // @ts-expect-error -- an unknown option
    seqBn({ reductionFaktor: 4 });
  }).toThrow(/"reductionFactor"/);
  expect(attention({ dropoutProb: 0.5, valueBeforeSoftmax: false }).options).toMatchObject({
    dropout_prob: 0.5,
    value_before_softmax: false,
  });
  expect(seqBn({ reductionFactor: 4, ln_after: true }).toJSON().options).toMatchObject({ reduction_factor: 4 });
  // @ts-expect-error -- the factory has to be called
  const factory: Partial<TrainOptions> = { adapter: seqBn };
  expect([...accepted, adapter, fusion, strategy, factory]).toHaveLength(7);
});

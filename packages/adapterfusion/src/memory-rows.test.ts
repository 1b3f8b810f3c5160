import { definePlugin, type Dataset } from '@adapterfusion/contracts';
import { openBackend } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createRegistry,
  evaluate,
  fuse,
  load,
  train,
  type DataRow,
  type DataRows,
  type TrainOptions,
} from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const common = {
  files,
  backend: 'cpu',
  model: 'encoder',
  overwrite: true,
  head: { pooling: 'mean', dropout: 0 },
} as const;
const settings = { epochs: 2, batchSize: 8, checkpointEvery: 0 };
const rows: DataRow[] = Array.from({ length: 24 }, (_, at) =>
  at % 2 === 0 ? { text: 'sun rain snow', label: 'weather' } : { text: 'cat dog fox', label: 'animal' },
);

const trained = async (data: TrainOptions['data'], out: string, more: Partial<TrainOptions> = {}) => {
  let metrics = {};
  for await (const event of train({ ...common, settings, data, name: 'task', out, ...more }))
    if (event.type === 'saved') metrics = event.metrics;
  return metrics;
};
const weights = (out: string): string[] =>
  files
    .below(out)
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => `${name} ${Buffer.from(files.held.get(`${out}/${name}`)!).toString('base64')}`);

beforeAll(async () => {
  await openBackend('cpu');
});

describe('rows in memory', () => {
  it('train as the same rows of a file do', async () => {
    files.set('same/train.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const metrics = await trained({ train: rows }, 'memory');
    expect(metrics).toEqual(await trained('same', 'file'));
    expect(weights('memory')).toEqual(weights('file'));
    expect(weights('memory').length).toBeGreaterThan(0);
  });

  it('have splits of their own, and fields of other names', async () => {
    const renamed = rows.map(({ text, label }) => ({ review: text, stars: label }));
    const data: DataRows = { train: renamed, validation: renamed.slice(0, 4), test: renamed.slice(0, 6) };
    const dataOptions = { text: 'review', label: 'stars' };
    let measured = 0;
    for await (const event of train({ ...common, settings, data, dataOptions, out: 'named', measureOn: 'test' }))
      if (event.type === 'data') measured = event.measured.rows;
    expect(measured).toBe(6);
  });

  it('are fused and measured', async () => {
    await trained({ train: rows }, 'a', { name: 'a' });
    await trained({ train: rows.slice(4) }, 'b', { name: 'b' });
    for await (const event of fuse({
      ...common,
      settings,
      data: { train: rows },
      adapters: ['a', 'b'],
      out: 'fused',
      compare: false,
    }))
      void event;
    const report = await evaluate('fused', { files, backend: 'cpu', data: { train: rows } });
    expect(report).toMatchObject({ rows: 24, split: 'train', trainedOn: false, metrics: { accuracy: 1 } });
  });

  it('may be pairs, numbers or choices', async () => {
    await trained({ train: rows.map((row) => ({ ...row, pair: 'a hen' })) }, 'pairs');
    const numbers = rows.map(({ text }, at) => ({ text, label: at % 2 === 0 ? 0.5 : 4.25 }));
    expect(await trained({ train: numbers }, 'numbers')).toHaveProperty('pearson');
    const choices = rows.map((_, at) => ({
      text: 'what is it',
      choices: ['sun', 'cat'],
      label: at % 2 === 0 ? 'sun' : 1,
    }));
    await trained({ train: choices }, 'choices');
    const model = await load('choices', { files, backend: 'cpu' });
    expect(model.task).toBe('multiple-choice');
    model.dispose();
  });

  it('that are none are named with their place', async () => {
    const refused = (train: readonly unknown[]) => trained({ train: train as DataRow[] }, 'refused');
    await expect(refused([...rows, 'text'])).rejects.toMatchObject({ code: 'DATA_INVALID', at: 'rows.train:25' });
    await expect(refused([{ text: 'a', choices: ['b', 'c'], label: 0 }, rows[0]])).rejects.toMatchObject({
      code: 'DATA_INVALID',
      at: 'rows.train:2',
    });
    await expect(refused([...rows, { text: 'sun' }])).rejects.toMatchObject({ code: 'DATA_INVALID' });
    await expect(refused([])).rejects.toMatchObject({ code: 'DATA_INVALID' });
    expect(files.below('refused')).toEqual([]);
  });
});

it('a dataset that opens anything else needs no folder', async () => {
  const database = definePlugin<'dataset', object>({
    ...({ kind: 'dataset', id: 'database', packageName: 'strangers', packageVersion: '1.0.0' } as const),
    supports: { streaming: false },
    options: () => ({}),
    create: (): Dataset => ({
      ...{ sourceless: true, task: { type: 'text-classification', labels: ['animal', 'weather'] } },
      ...{ metrics: ['accuracy'], licence: 'none' },
      splits: () => Promise.resolve(['train']),
      async *examples() {
        for (const { text, label } of rows) yield { text: text as string, label: label === 'weather' ? 1 : 0 };
      },
    }),
  });
  expect(await trained('database', 'from-database', { registry: createRegistry().use(database) })).toHaveProperty(
    'accuracy',
  );
  expect(await trained(database(), 'from-database')).toHaveProperty('accuracy');
});

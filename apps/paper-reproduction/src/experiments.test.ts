import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  EXPERIMENT_SCHEMA,
  readOtherResults,
  type ExperimentFile,
  type StrategyEntry,
} from '@adapterfusion/experiment';
import { describe, expect, it } from 'vitest';

const path = (name: string): string => fileURLToPath(new URL(`../experiments/${name}`, import.meta.url));
const read = (name: string): ExperimentFile => JSON.parse(readFileSync(path(name), 'utf8')) as ExperimentFile;
const strategy = (file: ExperimentFile, name: string): StrategyEntry =>
  file.strategies.find((each): each is StrategyEntry => typeof each === 'object' && each.name === name)!;

it.each(['ci.json', 'here.json', 'paper.json'])('%s has keys of the schema alone', (name) => {
  const known = Object.keys(EXPERIMENT_SCHEMA.properties);
  expect(Object.keys(read(name)).filter((key) => !known.includes(key))).toEqual([]);
});

describe('here.json is what the reference was run with', () => {
  const here = read('here.json');

  it('in rows and seeds', async () => {
    const reference = await readOtherResults(path('here-reference.jsonl'));
    const own = reference.filter((each) => each.strategy === 'st-a') as unknown as readonly {
      readonly task: string;
      readonly rows: { readonly train: number };
    }[];
    expect(own.map(({ task }) => task).sort()).toEqual(Object.keys(here.tasks).sort());
    // A cap that is above the rows of the task takes all of them.
    for (const { task, rows } of own)
      expect(Math.min(here.tasks[task]!.trainRows!, 4000)).toBeGreaterThanOrEqual(rows.train);
    for (const { task, rows } of own.filter((each) => each.rows.train === 2500)) {
      expect(here.tasks[task]!.trainRows).toBe(rows.train);
    }
    expect([here.seeds, here.sourceSeed, here.tasks['cb']!.seeds]).toEqual([[0, 1, 2], 0, [0, 1, 2, 3, 4]]);
    expect(here.targets).toEqual(['rte', 'mrpc', 'cb']);
  });

  it('in settings and epochs', () => {
    expect(here.settings).toEqual({ epochs: 3, batchSize: 16, maxLength: 96 });
    const of = (name: string) => {
      const { settings, tasks } = strategy(here, name);
      return [settings?.learningRate, tasks?.['cb']?.settings?.epochs];
    };
    expect([of('st-a'), of('fusion')]).toEqual([
      [5e-4, 20],
      [1e-4, 30],
    ]);
    expect(here).toMatchObject({ protocol: 'held-out', adapter: 'seq_bn[reduction_factor=16]' });
  });

  it('in the measured rows', () => {
    const measured = Object.entries(here.tasks).flatMap(([task, { dataOptions }]) => {
      const { files } = (dataOptions ?? {}) as { files?: { train: string; validation: string } };
      return files ? [[task, files.train, files.validation]] : [];
    });
    expect(measured).toEqual([
      ['sick', 'SICK_train.txt', 'SICK_test_annotated.txt[:2000]'],
      ['snli', 'dev.txt', 'test.txt[:2000]'],
      ['mnli', 'dev_matched_hans.tsv[:-1500]', 'dev_matched_hans.tsv[-1500:]'],
      ['qqp', 'dev.tsv', 'test.tsv[:2000]'],
      ['qnli', 'dev.tsv[:-1000]', 'dev.tsv[-1000:]'],
    ]);
  });

  const peer = fileURLToPath(new URL('../../../../shared/peer/results/quality.jsonl', import.meta.url));
  it.skipIf(!existsSync(peer))(
    `and its figures are the reference’s${existsSync(peer) ? '' : ' (skipped: ../shared is absent)'}`,
    async () => {
      const lines = readFileSync(peer, 'utf8').trimEnd().split('\n');
      const printed = lines.map(
        (line) => JSON.parse(line) as { stage: string; task: string; seed: number; accuracy: number },
      );
      expect(await readOtherResults(path('here-reference.jsonl'))).toMatchObject(
        printed.map(({ stage, task, seed, accuracy }) => ({ strategy: stage, task, seed, metrics: { accuracy } })),
      );
    },
  );
});

import { definePlugin, type Dataset, type TextExample } from '@adapterfusion/contracts';
import { memorySource } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { BROKEN_FUSIONS } from './broken-fusions.spec.js';
import { BROKEN_ADAPTERS } from './broken.spec.js';
import { failuresOf } from './failures.spec.js';
import { testAdapter, testDataset, testFusion } from './index.js';
import { equalWeights, factored, fixedWeights, neighbour } from './toys.js';

interface Row {
  readonly text: string;
  readonly label: number;
}

/** A data set of lines `label<TAB>text`. */
function lines(change: (row: Row, line: number) => Partial<TextExample> = () => ({}), more: Partial<Dataset> = {}) {
  return definePlugin<'dataset', object>({
    kind: 'dataset',
    id: 'lines',
    packageName: 'toys',
    packageVersion: '1.0.0',
    supports: { streaming: false },
    options: (input) => neighbour.plugin.options({ ...(input as object), role: 'linear' }) && {},
    create: () => ({
      task: { type: 'text-classification', labels: ['no', 'yes'] },
      metrics: ['accuracy'],
      licence: 'none',
      splits: async (source) => ((await source.list()).includes('train.tsv') ? ['train'] : []),
      async *examples(split, source) {
        const text = new TextDecoder().decode(await source.read(`${split}.tsv`));
        for (const [index, line] of text.trim().split('\n').entries()) {
          const [label = '', rest = ''] = line.split('\t');
          const row = { text: rest, label: Number(label) };
          yield { ...row, at: `${source.describe(`${split}.tsv`)}:${index + 1}`, ...change(row, index) };
        }
      },
      ...more,
    }),
  })();
}
const source = memorySource(new Map([['train.tsv', new TextEncoder().encode('0\tone\n1\ttwo\n')]]));

describe('sound plugins pass every test', () => {
  it.each([
    ['factored', factored()],
    ['neighbour at sublayers', neighbour()],
    ['neighbour at projections', neighbour({ role: 'linear' })],
  ])('%s', async (_, configured) => {
    expect(await failuresOf((runner) => testAdapter(runner, configured))).toEqual(new Map());
  });

  it.each([
    ['equal weights', equalWeights()],
    ['fixed weights', fixedWeights()],
  ])('%s', async (_, configured) => {
    expect(await failuresOf((runner) => testFusion(runner, configured))).toEqual(new Map());
  });

  it('lines', async () => {
    expect(await failuresOf((runner) => testDataset(runner, lines(), source))).toEqual(new Map());
  });
});

describe('a broken adapter is caught by the test of that name', () => {
  it.each(BROKEN_ADAPTERS)('%s: %s', async (_, test, configured) => {
    expect([...(await failuresOf((runner) => testAdapter(runner, configured), test)).keys()]).toEqual([test]);
  });
});

describe('a broken fusion is caught by the test of that name', () => {
  it.each(BROKEN_FUSIONS)('%s: %s', async (_, test, configured) => {
    expect([...(await failuresOf((runner) => testFusion(runner, configured), test)).keys()]).toEqual([test]);
  });
});

describe('a broken data set is caught by the test of that name', () => {
  let reads = 0;
  it.each([
    ['a label that there is not', 'has rows that fit its task', lines(() => ({ label: 2 }))],
    ['rows that change', 'has rows, and the same ones when they are read again', lines(() => ({ text: `${reads++}` }))],
    ['rows without a place', 'says of every row where it stands', lines(() => ({ at: 'somewhere' }))],
    ['no licence', 'declares its task, metrics and licence', lines(undefined, { licence: ' ' })],
    [
      'splits that are not there',
      'has rows, and the same ones when they are read again',
      lines(undefined, { splits: async () => [] }),
    ],
  ])('%s: %s', async (_, test, configured) => {
    expect([...(await failuresOf((runner) => testDataset(runner, configured, source), test)).keys()]).toEqual([test]);
  });

  it('files that it should refuse and reads', async () => {
    const broken = [{ what: 'a row without a label', source, code: 'DATA_INVALID' as const }];
    const found = await failuresOf((runner) => testDataset(runner, lines(), source, broken));
    expect([...found.keys()]).toEqual(['refuses a row without a label']);
  });
});

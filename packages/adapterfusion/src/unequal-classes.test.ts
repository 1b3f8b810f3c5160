import { hash32 } from '@adapterfusion/contracts';
import { parseManifest } from '@adapterfusion/checkpoint';
import { openBackend } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fuse, train, type Measured, type RunEvent, type TableEvent, type TrainOptions } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const given = {
  ...({ files, backend: 'cpu', model: 'encoder', out: 'out', overwrite: true, data: 'rare.tsv' } as const),
  ...({ head: { pooling: 'mean', dropout: 0 }, measureOn: 'train', dataOptions: { validation: 0 } } as const),
};
const settings = { epochs: 2, checkpointEvery: 0 };

async function last<T extends RunEvent['type']>(run: AsyncIterable<RunEvent>, type: T) {
  let found: RunEvent | undefined;
  for await (const event of run) if (event.type === type) found = event;
  return found as Extract<RunEvent, { type: T }>;
}
async function weightsOf(options: Partial<TrainOptions>): Promise<unknown> {
  await last(train({ ...given, settings, ...options }), 'saved');
  return parseManifest(files.held.get('out/adapterfusion.json')!, 'out').training['settings'];
}

beforeAll(async () => {
  await openBackend('cpu');
  // Words of both classes in every row, the own class's a little more often: a classifier that counts rows takes the larger.
  const words = [
    ['sun', 'rain', 'cloud', 'snow'],
    ['cat', 'dog', 'fox', 'hen'],
  ];
  const rows = (count: number, rare: number): string[] =>
    Array.from({ length: count }, (_, row) => {
      const kind = row < rare ? 1 : 0;
      const text = [0, 1, 2, 3, 4].map(
        (at) => words[hash32(9, row, at) % 10 < 6 ? kind : 1 - kind]![hash32(7, row, at) % 4]!,
      );
      return `${text.join(' ')}\t${kind === 1 ? 'animal' : 'weather'}`;
    });
  files.set('rare.tsv', ['text\tlabel', ...rows(40, 6), ''].join('\n'));
  files.set('equal.tsv', ['text\tlabel', ...rows(24, 12), ''].join('\n'));
  for (const name of ['a', 'b'])
    await last(
      train({ ...given, data: 'equal.tsv', settings: { ...settings, seed: name.length }, name, out: name }),
      'saved',
    );
});

describe('unequal classes', () => {
  it('weigh the same in training, where macro F1 counts and the head does not start at random', async () => {
    expect(await weightsOf({})).toMatchObject({ classWeights: 'balanced' });
    expect(await weightsOf({ metric: 'accuracy' })).toMatchObject({ classWeights: 'none' });
    expect(await weightsOf({ headStart: 'random' })).toMatchObject({ classWeights: 'none' });
    expect(await weightsOf({ settings: { ...settings, classWeights: 'none' } })).toMatchObject({
      classWeights: 'none',
    });
    expect(await weightsOf({ data: 'equal.tsv' })).toMatchObject({ classWeights: 'none' });
    expect(await weightsOf({ data: 'equal.tsv', metric: 'macro-f1' })).toMatchObject({ classWeights: 'balanced' });
  });

  it('weigh the same in every linear classifier of the table and in its log-losses', async () => {
    const table = async (classWeights?: 'none'): Promise<TableEvent> => {
      const chosen = { ...settings, ...(classWeights ? { classWeights } : {}) };
      return last(fuse({ ...given, settings: chosen, adapters: ['a', 'b'], compare: 'linear' }), 'table');
    };
    const [same, rows] = [await table(), await table('none')];
    const of = ({ table: found }: TableEvent, method: string) => found.find((row) => row.method === method)!;
    // Equal classes that nothing is known of have the log-loss ln 2; weighed by rows the larger is nearly certain.
    expect(of(same, 'majority').logLoss).toBeGreaterThan(Math.LN2);
    expect(of(rows, 'majority').logLoss).toBeLessThan(0.5);
    for (const method of ['tfidf', 'probe', 'head', 'average']) {
      expect(of(same, method).metrics['macro-f1'], method).toBeGreaterThanOrEqual(
        of(rows, method).metrics['macro-f1']!,
      );
      expect(of(same, method).logLoss, method).not.toBe(of(rows, method).logLoss);
    }
  });

  it('leave the small class its answers with few rows', async () => {
    const found: Measured[] = [];
    const onMeasured = (measured: Measured): unknown => found.push(measured);
    for (const classWeights of ['balanced', 'none'] as const)
      await last(train({ ...given, strategy: 'head', settings: { ...settings, classWeights }, onMeasured }), 'saved');
    const rare = found.map(
      ({ predictions, labels }) => predictions.filter((label) => labels[label as number] === 'animal').length,
    );
    expect(rare[0]).toBeGreaterThan(rare[1]!);
  });
});

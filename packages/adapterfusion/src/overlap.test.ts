import type { Example } from '@adapterfusion/contracts';
import { openBackend } from '@adapterfusion/tensor';
import { beforeAll, expect, it } from 'vitest';
import { train, type TrainOptions } from './index.js';
import { tinyTask } from './memory.spec.js';
import { Overlap } from './overlap.js';

it('counts rows with the same texts, whatever their labels, and names the first', () => {
  const kind = { texts: ({ texts }: { texts: readonly string[] }) => texts };
  const row = (...texts: string[]) => ({ example: { texts } as Example });
  const tested = [
    ['a', 'b'],
    ['ab', ''],
    ['a', 'c'],
    ['a', 'c'],
    ['q', 'x', 'y'],
  ];
  const overlap = new Overlap(
    'test',
    tested.map((texts, at) => ({ example: { texts, at: `test:${at + 1}` } as Example })),
    kind,
  );
  expect(overlap.warning('mine')).toBeUndefined();
  for (const each of [row('a', 'c'), row('a', 'c'), row('a'), row('q')]) overlap.see(each);
  expect(overlap.warning('mine')).toBe(
    'mine: 2 of 5 rows in "test" with texts that are trained on too, the first at test:3.',
  );
  overlap.see(row('q', 'x', 'y'));
  expect(overlap.warning('mine')).toContain('3 of 5 rows');
});

beforeAll(async () => {
  await openBackend('wasm');
});

const rowsOf = (...rows: string[]): string => ['text\tlabel', ...rows, ''].join('\n');

it.each([
  ['in memory', {}],
  ['in a cache', { cache: 'cache' }],
])('training warns of rows that it trains and measures on, with the rows to train on %s', async (_, options) => {
  const files = tinyTask();
  const append = async (path: string, bytes: Uint8Array): Promise<void> =>
    files.set(path, Uint8Array.from([...(files.held.get(path) ?? []), ...bytes]));
  Object.assign(files, { append });
  files.set('mine/train.tsv', rowsOf('sun rain\tweather', 'cat dog\tanimal', 'fox\tanimal', 'snow\tweather'));
  files.set('mine/dev.tsv', rowsOf('sun\tweather', 'cat dog\tanimal', 'cat dog\tweather', 'hen\tanimal'));
  files.set('mine/test.tsv', rowsOf('cloud\tweather', 'hen\tanimal', 'hen hen\tanimal', 'cloud sun\tweather'));
  const warned = async (more: Partial<TrainOptions> = {}): Promise<string[]> => {
    const warnings: string[] = [];
    const common = { backend: 'wasm', model: 'encoder', data: 'mine', out: 'out', overwrite: true } as const;
    const settings = { epochs: 1, batchSize: 4, maxLength: 8 };
    const given = { ...common, files, settings, ...options, ...more };
    for await (const _event of train({ ...given, onWarning: (message) => warnings.push(message) }));
    return warnings.filter((each) => !each.includes('rows to measure on'));
  };
  const warning = 'mine: 2 of 4 rows in "validation" with texts that are trained on too, the first at mine/dev.tsv:3.';
  expect(await warned()).toEqual([warning]);
  expect(await warned({ measureOn: 'test' })).toEqual([warning]);
  expect(await warned({ measureOn: 'test', validate: false })).toEqual([]);
});

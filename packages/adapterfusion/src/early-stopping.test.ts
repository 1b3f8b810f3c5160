import { parseManifest } from '@adapterfusion/checkpoint';
import { expect, it } from 'vitest';
import { train, type TrainOptions } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const row = (at: number): string =>
  JSON.stringify({ text: at % 2 === 0 ? 'sun rain cloud' : 'cat dog fox', label: at % 2 === 0 ? 'weather' : 'animal' });
const rows = (count: number): string => Array.from({ length: count }, (_, at) => `${row(at)}\n`).join('');

async function settingsOf(options: Partial<TrainOptions>): Promise<unknown> {
  const given = { files, backend: 'cpu', model: 'encoder', data: 'split', out: 'out', overwrite: true } as const;
  const head = { pooling: 'mean' };
  for await (const event of train({ ...given, head, settings: { epochs: 4, checkpointEvery: 0 }, ...options }))
    void event;
  return parseManifest(files.held.get('out/adapterfusion.json')!, 'out').training['settings'];
}

it('the best epoch is kept where 128 rows are held out, and not by the rows that the result is measured on', async () => {
  for (const [split, count] of [
    ['train', 16],
    ['validation', 128],
    ['test', 8],
  ] as const)
    files.set(`split/${split}.jsonl`, rows(count));
  expect(await settingsOf({ measureOn: 'test' })).toMatchObject({ keep: 'best', patience: 27 });
  expect(await settingsOf({ measureOn: 'validation' })).toMatchObject({ keep: 'last', patience: 0 });
  expect(await settingsOf({ measureOn: 'test', settings: { epochs: 1, keep: 'last' } })).toMatchObject({
    keep: 'last',
  });
  files.set('split/validation.jsonl', rows(127));
  expect(await settingsOf({ measureOn: 'test' })).toMatchObject({ keep: 'last', patience: 0 });
});

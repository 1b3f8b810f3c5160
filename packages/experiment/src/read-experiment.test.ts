import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readOtherResults } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-other-'));
const path = join(folder, 'other.jsonl');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GOOD = { strategy: 'st-a', task: 'rte', seed: 0, metrics: { accuracy: 0.75 } };

it('results of others may have more than is needed', async () => {
  writeFileSync(path, `${JSON.stringify({ ...GOOD, seconds: 7 })}\n\n${JSON.stringify(GOOD)}\n`);
  expect(await readOtherResults(path)).toMatchObject([GOOD, GOOD]);
});

it.each<[string, string]>([
  ['no JSON', '{"strategy":'],
  ['no object', '7'],
  ['nothing', 'null'],
  ['no strategy', JSON.stringify({ ...GOOD, strategy: undefined })],
  ['a seed in words', JSON.stringify({ ...GOOD, seed: 'zero' })],
  ['a metric in words', JSON.stringify({ ...GOOD, metrics: { accuracy: '75 %' } })],
  ['no metrics', JSON.stringify({ ...GOOD, metrics: null })],
])('a line with %s is refused by its place', async (_, line) => {
  writeFileSync(path, `${JSON.stringify(GOOD)}\n${line}\n`);
  await expect(readOtherResults(path)).rejects.toMatchObject({
    code: 'FILE_CORRUPT',
    at: expect.stringMatching(/other\.jsonl: ?(result )?2$/),
    message: expect.stringContaining('Give a line'),
  });
});

it('a file that is not there is named', async () => {
  await expect(readOtherResults(join(folder, 'nowhere.jsonl'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});

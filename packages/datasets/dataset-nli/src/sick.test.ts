import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { Dataset, TextExample, Split } from '@adapterfusion/contracts';
import { collect, memorySource, splitSizes } from '@adapterfusion/data';
import { describe, expect, it } from 'vitest';
import { sick } from './index.js';

const data = new URL('../../../../../shared/data/', import.meta.url);
const absent = existsSync(data) ? '' : ' (skipped: ../shared is absent)';

const sourceOf = (folder: string) => {
  const names = readdirSync(new URL(`${folder}/`, data));
  return memorySource(new Map(names.map((name) => [name, readFileSync(new URL(`${folder}/${name}`, data))])), folder);
};
const digest = (examples: readonly TextExample[]) =>
  createHash('sha256')
    .update(examples.map(({ text, pair, label }) => JSON.stringify([text, pair ?? null, label])).join('\n'))
    .digest('hex')
    .slice(0, 16);
const damaged = (dataset: Dataset, files: Record<string, string>, split: Split = 'train') =>
  collect(
    dataset,
    split,
    memorySource(new Map(Object.entries(files).map(([name, text]) => [name, new TextEncoder().encode(text)])), 'x'),
  );

it('takes the options of its layout', () => {
  expect(() => sick({ size: 1 } as never)).toThrow('sick: expected a known option; got "size"');
});

it.skipIf(absent)(`SICK in ../shared/data, row by row as the reference reads it${absent}`, async () => {
  const [dataset, source] = [sick().create({}), sourceOf('SICK')];
  expect(await splitSizes(dataset, source)).toEqual([
    { split: 'train', rows: 4500, labels: [1299, 2536, 665] },
    { split: 'validation', rows: 500, labels: [144, 282, 74] },
    { split: 'test', rows: 4927, labels: [1414, 2793, 720] },
  ]);
  expect(digest(await collect(dataset, 'train', source))).toBe('540ed355d64dbf55');
  expect(digest((await collect(dataset, 'test', source)).slice(0, 2000))).toBe('1d762cd9782298e0');
});

describe('SICK', () => {
  const header = 'pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\r\n';

  it('reads rows', async () => {
    expect(
      await damaged(
        sick().create({}),
        { 'SICK/SICK_trial.txt': `${header}4\tA\tB\t3.6\tCONTRADICTION\r\n` },
        'validation',
      ),
    ).toEqual([{ text: 'A', pair: 'B', label: 2, at: 'x/SICK/SICK_trial.txt:2' }]);
    expect(sick().create({})).toMatchObject({
      task: { type: 'text-classification', labels: ['entailment', 'neutral', 'contradiction'] },
      metrics: ['accuracy', 'macro-f1'],
      licence: 'CC BY-NC-SA 3.0',
    });
  });

  it.each([
    [
      'a label that is not known',
      `${header}1\tA\tB\t3\tNEUTRALL\n`,
      'LABEL',
      'x/SICK_train.txt:2: expected one of the labels',
    ],
    [
      'an id twice',
      `${header}1\tA\tB\t3\tNEUTRAL\n1\tC\tD\t3\tNEUTRAL\n`,
      'DATA',
      'x/SICK_train.txt:3: expected every id once',
    ],
    ['a column missing', 'pair_ID\tsentence_A\n1\tA\n', 'DATA', 'x/SICK_train.txt:1: expected a column "sentence_B"'],
  ])('refuses %s', async (_, text, code, message) => {
    const promise = damaged(sick().create({}), { 'SICK_train.txt': text });
    await expect(promise).rejects.toThrow(message);
    await expect(promise).rejects.toMatchObject({ code: expect.stringContaining(code) as string });
  });
});

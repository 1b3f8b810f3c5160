import { collect, memorySource, splitSizes } from '@adapterfusion/data';
import { expect, it } from 'vitest';
import { argument } from './index.js';

const names = ['topic', 'retrievedUrl', 'archivedUrl', 'sentenceHash', 'sentence', 'annotation', 'set'];
const row = (topic: string, sentence: string, annotation: string, set: string) =>
  [topic, 'http://a', 'http://b', '0f', sentence, annotation, set].join('\t');
const fileOf = (...rows: string[]) => new TextEncoder().encode([names.join('\t'), ...rows].join('\n'));
const dataset = argument().create({});

it('reads all topics together, each row in its split', async () => {
  const source = memorySource(
    new Map([
      ['data/complete.md', fileOf()],
      [
        'complete/gun_control.tsv',
        fileOf(
          row('gun control', 'A "right" is lost.', 'Argument_against', 'train'),
          row('gun control', 'It is late.', 'NoArgument', 'test'),
        ),
      ],
      ['complete/abortion.tsv', fileOf(row('abortion', 'It saves lives.', 'Argument_for', 'train'))],
    ]),
    'x',
  );
  expect(await splitSizes(dataset, source)).toEqual([
    { split: 'train', rows: 2, labels: [0, 1, 1] },
    { split: 'validation', rows: 0, labels: [0, 0, 0] },
    { split: 'test', rows: 1, labels: [1, 0, 0] },
  ]);
  expect(await collect(dataset, 'train', source)).toEqual([
    { text: 'abortion', pair: 'It saves lives.', label: 2, at: 'x/complete/abortion.tsv:2' },
    { text: 'gun control', pair: 'A "right" is lost.', label: 1, at: 'x/complete/gun_control.tsv:2' },
  ]);
});

it('refuses the files as they are published, without sentences', async () => {
  const bare = new TextEncoder().encode(
    `${names.filter((name) => name !== 'sentence').join('\t')}\ncloning\ta\tb\tc\tNoArgument\ttrain\n`,
  );
  const source = memorySource(new Map([['cloning.tsv', bare]]), 'x');
  await expect(collect(dataset, 'train', source)).rejects.toThrow('x/cloning.tsv:1: expected a column "sentence"');
  await expect(collect(dataset, 'train', memorySource(new Map()))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});

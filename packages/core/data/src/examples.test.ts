import { AdapterFusionError, type Example } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import type { Row, Value } from './columns.js';
import { toExamples, type ExampleColumns } from './examples.js';
import { inferLabels } from './labels.js';

const rows = (...values: Record<string, Value>[]): Row[] =>
  values.map((value, index) => ({ at: `f:${index + 2}`, values: value }));
const examplesOf = async (given: Row[], wanted: ExampleColumns): Promise<Example[]> => {
  const examples: Example[] = [];
  for await (const example of toExamples(given, wanted)) examples.push(example);
  return examples;
};
const columns: ExampleColumns = { text: 't', label: 'y', labels: ['no', 'yes'], labelMap: { '0': 'no', '1': 'yes' } };

async function message(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (AdapterFusionError.is(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('toExamples', () => {
  it('maps labels by map, by name, and from numbers', async () => {
    const examples = await examplesOf(rows({ t: ' a ', y: '1' }, { t: 'b', y: 'no ' }, { t: 'c', y: 1 }), columns);
    expect(examples).toEqual([
      { text: ' a ', label: 1, at: 'f:2' },
      { text: 'b', label: 0, at: 'f:3' },
      { text: 'c', label: 1, at: 'f:4' },
    ]);
  });

  it('takes pairs, and rows without labels where none is asked for', async () => {
    expect(await examplesOf(rows({ t: 'a', p: 'b' }), { text: 't', pair: 'p', labels: [] })).toEqual([
      { text: 'a', pair: 'b', at: 'f:2' },
    ]);
  });

  it.each<[string, Record<string, Value>, string]>([
    [
      'an unknown label',
      { t: 'a', y: 'yse' },
      'LABEL_UNKNOWN f:2: expected one of the labels "0", "1", "no", "yes" in the column "y"; got "yse". Did you mean "yes"?',
    ],
    ['a label that objects inherit', { t: 'a', y: 'constructor' }, 'LABEL_UNKNOWN f:2'],
    ['an empty label', { t: 'a', y: ' ' }, 'DATA_INVALID f:2: expected a label in the column "y"; got " "'],
    ['a null label', { t: 'a', y: null }, 'DATA_INVALID f:2: expected a label'],
    ['an empty text', { t: ' ', y: '1' }, 'DATA_INVALID f:2: expected text in the column "t"'],
    ['null as text', { t: null, y: '1' }, 'DATA_INVALID f:2: expected text in the column "t"; got null'],
    ['a row without the column', { y: '1' }, 'DATA_INVALID f:2: expected a column "t"'],
  ])('refuses %s', async (_, values, part) => {
    expect(await message(() => examplesOf(rows(values), columns))).toContain(part);
  });

  it('takes numbers and truth values as text, as they are written', async () => {
    for (const [given, text] of [
      [5, '5'],
      [0.5, '0.5'],
      [false, 'false'],
    ] as const)
      expect(await examplesOf(rows({ t: given, y: '1' }), columns)).toMatchObject([{ text }]);
  });

  it('puts several columns together, and leaves rows of some labels out', async () => {
    const given = rows({ w: 'place', t: 'a', y: '-' }, { w: 'place', t: 'b', y: 'no' });
    expect(await examplesOf(given, { ...columns, text: ['w', 't'], leaveOut: ['-'] })).toEqual([
      { text: 'place: b', label: 0, at: 'f:3' },
    ]);
    await expect(examplesOf(given, columns)).rejects.toMatchObject({ code: 'LABEL_UNKNOWN' });
  });

  it('refuses an id that stands twice', async () => {
    const twice = rows({ t: 'a', y: 0, n: 7 }, { t: 'b', y: 0, n: 8 }, { t: 'c', y: 0, n: 7 });
    expect(await message(() => examplesOf(twice, { ...columns, id: 'n' }))).toContain(
      'DATA_INVALID f:4: expected every id once; got "7", also at f:2',
    );
    expect(await examplesOf(twice, columns)).toHaveLength(3);
  });
});

describe('inferLabels', () => {
  it('sorts names by code unit and numbers by value', async () => {
    expect(await inferLabels(rows({ y: 'b' }, { y: 'a' }, { y: 'b' }), 'y', 'f')).toEqual(['a', 'b']);
    expect(await inferLabels(rows({ y: 10 }, { y: '9' }, { y: 2 }), 'y', 'f')).toEqual(['2', '9', '10']);
  });

  it.each<[string, Row[], string]>([
    [
      'one label',
      rows({ y: 'a' }, { y: 'a' }),
      'DATA_INVALID f: expected at least 2 labels in the column "y"; got only "a"',
    ],
    ['no rows', [], 'DATA_INVALID f: expected at least 2 labels in the column "y"; got no rows'],
    ['a missing label', rows({ y: 'a' }, {}), 'DATA_INVALID f:3: expected a label'],
    [
      '1001 labels',
      rows(...Array.from({ length: 1001 }, (_, y) => ({ y }))),
      'DATA_INVALID f:1002: expected at most 1000 labels',
    ],
  ])('refuses %s', async (_, given, part) => {
    expect(await message(() => inferLabels(given, 'y', 'f'))).toContain(part);
  });
});

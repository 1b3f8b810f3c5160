import { AdapterFusionError } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import type { Row, Value } from './columns.js';
import { toExamples, type ExampleColumns } from './examples.js';
import { inferLabels } from './labels.js';

const rows = (...values: Record<string, Value>[]): Row[] =>
  values.map((value, index) => ({ line: index + 2, values: value }));
const columns: ExampleColumns = { text: 't', label: 'y', labels: ['no', 'yes'], labelMap: { '0': 'no', '1': 'yes' } };

function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (AdapterFusionError.is(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('toExamples', () => {
  it('maps labels by map, by name, and from numbers', () => {
    const examples = toExamples(rows({ t: ' a ', y: '1' }, { t: 'b', y: 'no ' }, { t: 'c', y: 1 }), columns, 'f');
    expect(examples).toEqual([
      { text: ' a ', label: 1, at: 'f:2' },
      { text: 'b', label: 0, at: 'f:3' },
      { text: 'c', label: 1, at: 'f:4' },
    ]);
  });

  it('takes pairs, and rows without labels where none is asked for', () => {
    expect(toExamples(rows({ t: 'a', p: 'b' }), { text: 't', pair: 'p', labels: [] }, 'f')).toEqual([
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
    ['a number as text', { t: 5, y: '1' }, 'DATA_INVALID f:2: expected text in the column "t"; got 5'],
    ['a row without the column', { y: '1' }, 'DATA_INVALID f:2: expected a column "t"'],
  ])('refuses %s', (_, values, part) => {
    expect(message(() => toExamples(rows(values), columns, 'f'))).toContain(part);
  });

  it('refuses an id that stands twice', () => {
    const twice = rows({ t: 'a', y: 0, n: 7 }, { t: 'b', y: 0, n: 8 }, { t: 'c', y: 0, n: 7 });
    expect(message(() => toExamples(twice, { ...columns, id: 'n' }, 'f'))).toContain(
      'DATA_INVALID f:4: expected every id once; got "7", also on line 2',
    );
    expect(toExamples(twice, columns, 'f')).toHaveLength(3);
  });
});

describe('inferLabels', () => {
  it('sorts names by code unit and numbers by value', () => {
    expect(inferLabels(rows({ y: 'b' }, { y: 'a' }, { y: 'b' }), 'y', 'f')).toEqual(['a', 'b']);
    expect(inferLabels(rows({ y: 10 }, { y: '9' }, { y: 2 }), 'y', 'f')).toEqual(['2', '9', '10']);
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
  ])('refuses %s', (_, given, part) => {
    expect(message(() => inferLabels(given, 'y', 'f'))).toContain(part);
  });
});

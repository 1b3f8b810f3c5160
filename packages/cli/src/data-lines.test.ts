import type { DataInspection } from 'adapterfusion';
import { expect, it } from 'vitest';
import { inspectionLines } from './data-lines.js';

const lengths = { median: 2, p95: 2, max: 2, histogram: [] };
const split = (name: 'train' | 'validation' | 'test', labels: Readonly<Record<string, number>>) => ({
  ...{ split: name, rows: 9, unlabelled: 0, lengths, duplicates: 0, conflicting: 0, first: undefined, last: undefined },
  labels: Object.entries(labels).map(([label, rows]) => ({ label, rows })),
});

it('shows the counts of each split in the columns of their labels', () => {
  const found: Partial<DataInspection> = {
    ...{ name: 'mine', task: { type: 'token-classification', labels: ['B-LOC', 'B-ORG', 'B-PER', 'O'] } },
    ...{ metrics: ['f1'], licence: 'not stated', unit: 'words', leakage: [], warnings: [] },
    splits: [
      split('train', { LOC: 3, PER: 4 }),
      split('validation', { ORG: 1, PER: 2 }),
      split('test', { 'B-LOC': 0, 'B-ORG': 0, 'B-PER': 0, O: 0 }),
    ],
  };
  const lines = inspectionLines(found as DataInspection);
  const table = lines.slice(2, 6).map((line) => line.split(/ +/).slice(0, 5));
  expect(table).toEqual([
    ['split', 'rows', 'LOC', 'PER', 'ORG'],
    ['train', '9', '3', '4', '0'],
    ['validation', '9', '0', '2', '1'],
    ['test', '9', '0', '0', '0'],
  ]);
  expect(lines.join('\n')).not.toContain('warning');
});

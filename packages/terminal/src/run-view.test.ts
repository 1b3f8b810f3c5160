import type { DataEvent, TableEvent } from 'adapterfusion';
import { expect, it } from 'vitest';
import { RunView } from './run-view.js';
import { onTrainingRows } from './table.js';
import { tableLines } from './table-lines.js';

function lineOf(event: DataEvent): string | undefined {
  const lines: (string | undefined)[] = [];
  new RunView({ event: (_, line) => void lines.push(line), progress: () => undefined }).show(event);
  return lines[0];
}

const data: DataEvent = {
  ...{ type: 'data', name: 'a.csv', task: 'classification', labels: ['no', 'yes'], train: 8, available: 8 },
  ...{ validation: 2, measured: { split: 'validation', rows: 2 } },
};

it('the data line says how tokens are pooled and how many the encoder does not know', () => {
  expect(lineOf(data)).toBe('a.csv: 8 rows to train on, 2 to validate on; labels no, yes');
  expect(lineOf({ ...data, pooling: 'mean', unknownTokens: 0.0123 })).toMatch(
    /; pooling: mean; unknown tokens: 1\.2 %$/,
  );
  expect(lineOf({ ...data, unknownTokens: 0 })).toBe(lineOf(data));
});

it('figures on training rows say so', () => {
  expect([onTrainingRows(true), onTrainingRows(false)]).toEqual([' (measured on training rows)', '']);
  const event: TableEvent = {
    ...{ type: 'table', data: 'a.csv', rows: 8, split: 'train', metric: 'accuracy', singles: [] },
    attention: { adapters: [], sites: [] },
    table: [{ group: 'own', method: 'majority', name: 'majority', metrics: { accuracy: 0.5 }, trained: 0 }],
  };
  expect(tableLines(event).join('\n')).toContain('a.csv, 8 train rows (measured on training rows)');
  expect(tableLines({ ...event, split: 'validation' }).join('\n')).not.toContain('training rows');
});

import { describe, expect, it } from 'vitest';
import { advise, type AdviceInput } from './advice.js';
import { commandFor } from './commands.js';
import type { TableRow } from './events.js';

const row = (method: TableRow['method'], accuracy: number, more: Partial<TableRow> = {}): TableRow => ({
  ...{ group: 'own', method, name: method, metrics: { accuracy }, trained: 1 },
  ...more,
});
const spread = { adapters: ['x', 'y'], sites: [{ site: '0', weights: [0.5, 0.5] }] };
const input = (table: readonly TableRow[], more: Partial<AdviceInput> = {}): AdviceInput => ({
  ...{ table, metric: 'accuracy', split: 'validation', attention: spread, own: [] },
  command: ({ method }) => (method === 'tfidf' ? undefined : `make ${method}`),
  ...more,
});

describe('advice', () => {
  it('has nothing to say where the saved composition is the best', () => {
    const table = [row('head', 0.7, { logLoss: 0.6 }), row('average', 0.7, { logLoss: 0.5, best: true, saved: true })];
    expect(advise(input(table, { unknown: 0.1 }))).toBeUndefined();
  });

  it('names the better row by the training rows, whatever the measured rows say, and the command that makes it', () => {
    const table = [row('head', 0.6, { logLoss: 0.4, best: true }), row('average', 0.9, { logLoss: 0.5, saved: true })];
    expect(advise(input(table))).toBe(
      '"head" is better than what was saved (cross-validated log-loss 0.400, against 0.500). To make it:\n  make head',
    );
    const words = [row('tfidf', 0.6, { logLoss: 0.4, best: true }), row('average', 0.9, { logLoss: 0.5, saved: true })];
    expect(advise(input(words))).toContain('This library makes no bundle of it.');
  });

  it('goes by the validation rows where the saved composition was not cross-validated', () => {
    const table = (accuracy: number) => [
      row('head', 0.6, { logLoss: 0.4, best: true }),
      row('attention', accuracy, { saved: true }),
    ];
    expect(advise(input(table(0.5)))).toContain('accuracy 60.0 % on the validation rows, against 50.0 %');
    expect(advise(input(table(0.7)))).toBeUndefined();
    // Test rows choose nothing.
    expect(advise(input(table(0.5), { split: 'test' }))).toBeUndefined();
  });

  it('says that one class is answered', () => {
    const table = [row('attention', 0.4, { saved: true, oneClass: 'spam' })];
    expect(advise(input(table))).toContain('gives every measured row the label "spam"');
  });

  it('says that the attention has collapsed, and onto what', () => {
    const sites = ['0', '1'].map((site) => ({ site, weights: [0.02, 0.98] }));
    const attention = { adapters: ['x', 'y'], sites };
    const table = [row('attention', 0.9, { saved: true })];
    const said = advise(input(table, { attention, own: ['y'] }));
    expect(said).toContain(
      'collapsed to one adapter in 2 of 2 places, most of all to "y", which was trained on the same rows',
    );
    expect(advise(input(table, { attention: { ...attention, free: true } }))).toBeUndefined();
    expect(advise(input(table))).toBeUndefined();
  });

  it('says that the encoder does not know the texts', () => {
    expect(advise(input([row('average', 0.9, { saved: true })], { unknown: 0.456 }))).toContain('46 % of the tokens');
  });
});

describe('commands', () => {
  const options = { model: 'my models/e', data: 'rows.tsv', adapters: ['x=a', 'b'], out: 'out/', trainRows: 64 };
  const command = (method: TableRow['method']) => commandFor(row(method, 1), options, 'rows.tsv', 'b');
  const common = "--model 'my models/e' --data rows.tsv --train-rows 64";

  it('make the rows that can be saved', () => {
    expect(command('head')).toBe(`adapterfusion train ${common} --strategy head --out out-head`);
    // A head does not read unit-length embeddings.
    expect(command('probe')).toBeUndefined();
    expect(command('own-adapter')).toBe(`adapterfusion train ${common} --out out-adapter`);
    expect(command('single')).toBe(`adapterfusion fuse ${common} --adapters b --fusion average --out out-single`);
    expect(command('average')).toBe(`adapterfusion fuse ${common} --adapters x=a b --fusion average --out out-average`);
    expect(command('tfidf')).toBeUndefined();
  });

  it('read the same rows, and measure on the same', () => {
    const dataOptions = { text: 'review', label: 'stars', validation: 0, labels: ['a', 'b'] };
    const given = { ...options, dataOptions, measureOn: 'test' as const };
    expect(commandFor(row('head', 1), given, 'rows.tsv', 'b')).toBe(
      "adapterfusion train --model 'my models/e' --data rows.tsv --text review --label stars --data-option validation=0 " +
        `--data-option 'labels=["a","b"]' --measure-on test --train-rows 64 --strategy head --out out-head`,
    );
  });
});

import { expect, it } from 'vitest';
import { bestOf, shouldStopEarly, recordValidation, type HistoryEntry } from './run-state.js';

function historyOf(values: readonly number[]): HistoryEntry[] {
  const history: HistoryEntry[] = [];
  values.forEach((value, index) =>
    history.push(recordValidation(history, { epoch: index + 1, step: index, metrics: { f1: value } }, 'f1')),
  );
  return history;
}

it('the first of equal validations is the best; what is no number never is', () => {
  expect(bestOf(historyOf([0.2, 0.7, 0.7, 0.5]))?.epoch).toBe(2);
  expect(bestOf(historyOf([NaN, 0.1, NaN]))?.epoch).toBe(2);
  expect(bestOf(historyOf([NaN]))).toBeUndefined();
});

it('stops after as many validations without a better one as patience says', () => {
  expect(shouldStopEarly(historyOf([0.5, 0.4]), 2)).toBe(false);
  expect(shouldStopEarly(historyOf([0.5, 0.4, 0.5]), 2)).toBe(true);
  expect(shouldStopEarly(historyOf([0.5, 0.4, 0.6]), 2)).toBe(false);
  expect(shouldStopEarly(historyOf([NaN, NaN]), 2)).toBe(true);
  expect(shouldStopEarly(historyOf([0.5, 0.4, 0.3, 0.2]), 0)).toBe(false);
  expect(shouldStopEarly([], 1)).toBe(false);
});

it('of a metric that should be small the smallest is the best', () => {
  const history: HistoryEntry[] = [];
  for (const [index, loss] of [3, 2, 2, NaN, 1, 4].entries())
    history.push(recordValidation(history, { epoch: index + 1, step: index, metrics: { loss } }, 'loss', true));
  expect(history.map(({ best }) => best)).toEqual([true, true, false, false, true, false]);
});

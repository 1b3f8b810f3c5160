import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { regression } from './index.js';

const kind = regression({ min: 0, max: 5 }).create({ labels: [] });

it('reads numbers within the range', () => {
  expect(kind.parse({ text: 'a', pair: 'b', label: '2.5' }, 'f:1')).toEqual({
    text: 'a',
    pair: 'b',
    label: 2.5,
    at: 'f:1',
  });
  for (const label of ['', 'x', 6, -1, NaN])
    expect(() => void kind.parse({ text: 'a', label }, 'f:2')).toThrow('f:2: expected a number from 0 to 5 as label');
  expect(regression().create({ labels: [] }).parse({ text: 'a', label: -7 }, 'f:3')).toMatchObject({ label: -7 });
});

it('answers with the number, which is measured by its correlation and its squared error', () => {
  const answer = kind.decode([{ values: Float32Array.of(3.5), shape: [1, 1] }], [], {}) as { value: number };
  expect(answer).toEqual({ label: '3.5', scores: {}, value: 3.5 });
  expect(kind.error(answer, 3)).toBe(0.25);
  expect(kind.metrics.map(({ name, compute }) => [name, compute([1, 2, 4], [10, 20, 40])])).toEqual([
    ['pearson', expect.closeTo(1, 9)],
    ['spearman', expect.closeTo(1, 9)],
  ]);
  expect(kind.collate([1, 2.5], { groups: [1, 1], time: 4 })).toEqual({
    numbers: { data: Float32Array.of(1, 2.5), shape: [2] },
  });
});

it('the baseline is the mean', () => {
  expect(kind.baseline([1, 2, 6]).predict({})).toBe(3);
});

it('refuses a bound that is no number', () => {
  expect(() => regression({ min: 'x' as never })).toThrow('regression.min');
});

it('names the package and its version', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  expect(manifest).toMatchObject({ name: regression.plugin.packageName, version: regression.plugin.packageVersion });
});

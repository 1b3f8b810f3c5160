import { expect, it } from 'vitest';
import { classicalReport, type Cell } from './classical-report.js';

const fit = (accuracy: number, c: number, ...path: number[]) => ({ accuracy, c, path });
const cell: Cell = {
  ...{ task: 'mr', budget: 64, draw: 1, seconds: 2 },
  ours: { tfidf: fit(0.51, 10, 0.7, 0.6), embedding: fit(0.7, 1, 0.5, 0.4) },
  theirs: { tfidf: fit(0.5075, 100, 0.7, 0.58), embedding: fit(0.7, 1, 0.5, 0.4) },
};

it('names the largest differences, and where another C was chosen', () => {
  const page = classicalReport([cell], '1.9.1', 800);
  expect(page).toContain('the largest difference in accuracy is 0.25 points; the same C was chosen in\n1 of 2 cases');
  expect(page).toContain('differ by at most 2.0e-2');
  const [headings, line, row] = page.split('\n').filter((each) => each.startsWith('|'));
  expect(row).toMatch(
    /^\| mr +\| 64 +\| 1 +\| 51\.00 +\| 50\.75 +\| 0\.25 +\| 10 \/ 100 \| 70\.00 +\| 70\.00 .*\| 1 +\|$/,
  );
  expect([line!.length, row!.length]).toEqual([headings!.length, headings!.length]);
});

import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { settingsOf } from './arms.js';
import { CellFile, packed, scored, unpacked, type MeasuredCell } from './cells.js';
import { drawFolder } from './prepare.js';
import { compare, comparisonsOf } from './report.js';
import { targetsOf, type SetName } from './sets.js';
import { paired } from './statistics.js';

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-study-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One of six measured rows is wrong for each step of `wrong`. */
const answers = (wrong: number): number[] => [0, 1, 0, 1, 0, 1].map((label, row) => (row < wrong ? 1 - label : label));
const cell = (target: SetName, draw: number, arm: string, wrong: number, more: Partial<MeasuredCell> = {}) => ({
  ...{ encoder: 'pocket', target, labels: 64, draw, arm, accuracy: 0, macroF1: 0, metric: 'accuracy' as const },
  ...{ seconds: 1, answers: packed(answers(wrong)), ...more },
});

describe('a file of cells', () => {
  it('keeps what was measured, also where the last line was not written to its end', () => {
    const path = join(folder, 'cells.jsonl');
    const first = cell('mr', 0, 'average', 1);
    new CellFile(path).add(first, cell('mr', 1, 'average', 2));
    appendFileSync(path, '{"encoder":"pocket","tar');
    const again = new CellFile(path);
    expect(again.all()).toHaveLength(2);
    expect([again.has(first), again.has({ ...first, draw: 2 })]).toEqual([true, false]);
    again.add({ ...first, draw: 2 });
    expect(new CellFile(path).all()).toHaveLength(3);
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
  });

  it('holds classes two to a byte', () => {
    expect(unpacked(packed([3, 15, 0, 7, 5]), 5)).toEqual([3, 15, 0, 7, 5]);
  });

  it('says which metric counts by the training rows', () => {
    const at = { encoder: 'pocket', target: 'mr', labels: 64, draw: 0, arm: 'x' } as const;
    const measured = { labels: ['no', 'yes'], truth: [0, 0, 1], predictions: [0, 1, 1] };
    expect(scored(at, measured, [0, 1, 0, 1])).toMatchObject({ metric: 'accuracy', accuracy: 0.66667 });
    expect(scored(at, measured, [0, 0, 0, 0, 1]).metric).toBe('macro-f1');
  });
});

it('steps of an arm are whole passes over the rows', () => {
  expect(settingsOf({ learningRate: 1e-3, steps: 80 }, 64)).toEqual({ learningRate: 1e-3, epochs: 20 });
  expect(settingsOf({ share: 0.25 }, 64)).toEqual({ epochs: 5 });
  expect(settingsOf({ share: 1 }, 256)).toEqual({ epochs: 14 });
  expect(settingsOf({}, 64)).toEqual({});
});

it('differences of arms are over the cells that both have', () => {
  const at = (draw: number, arm: string, accuracy: number) => cell('trec', draw, arm, 0, { accuracy });
  const cells = [at(0, 'a', 0.5), at(1, 'a', 0.7), at(2, 'a', 0.9), at(0, 'b', 0.4), at(1, 'b', 0.4)];
  const found = paired(cells, 'a', 'b')!;
  expect(found.pairs).toBe(2);
  expect(found.mean).toBeCloseTo(20, 9);
  expect(found.standardError).toBeCloseTo(10, 9);
  expect(paired(cells, 'a', 'c')).toBeUndefined();
});

describe('comparisons', () => {
  const related = targetsOf('confirmation').filter((name) => ['mr', 'imdb'].includes(name));
  for (const target of related)
    for (const labels of [64, 256])
      for (const draw of [0, 1]) {
        const place = drawFolder(folder, target, labels, draw);
        mkdirSync(place, { recursive: true });
        const rows = [0, 1, 0, 1, 0, 1]
          .map((label) => `${JSON.stringify({ text: 'x', label: `l${label}` })}\n`)
          .join('');
        for (const split of ['train', 'test']) writeFileSync(join(place, `${split}.jsonl`), rows);
      }
  const cells = related.flatMap((target) =>
    [0, 1].flatMap((draw) => [
      cell(target, draw, 'probe', 2, { logLoss: 0.6 }),
      // Better on the measured rows, and not chosen: the training rows say otherwise.
      cell(target, draw, 'tfidf', 0, { logLoss: 0.7 }),
      cell(target, draw, 'own-adapter', 3),
      cell(target, draw, 'average', 1, { logLoss: 0.5, note: 'saved: average of the adapters' }),
      cell(target, draw, 'scaling', 0),
    ]),
  );
  const found = (name: string) =>
    compare(
      cells,
      'pocket',
      comparisonsOf(64).find((each) => each.name === name)!,
      folder,
    );

  it('are paired by draw, with an interval that holds the mean', () => {
    const gain = found('composition gain')!;
    expect(gain).toMatchObject({ targets: 2, draws: 2 });
    expect(gain.mean).toBeCloseTo(100 / 6, 9);
    expect(gain.low).toBeLessThanOrEqual(gain.mean);
    expect(gain.high).toBeGreaterThanOrEqual(gain.mean);
    expect(found('defaults')!.mean).toBeCloseTo(-100 / 6, 9);
    expect(found('learning to mix: scaling')!.mean).toBeCloseTo(100 / 6, 9);
  });

  it('are left out where nothing was measured', () => {
    expect(found('no harm')).toBeUndefined();
    expect(found('label efficiency')).toBeUndefined();
    expect(compare(cells, 'minilm', comparisonsOf(64)[0]!, folder)).toBeUndefined();
  });
});

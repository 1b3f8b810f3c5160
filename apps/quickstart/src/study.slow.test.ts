import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Output } from '@adapterfusion/terminal';
// eslint-disable-next-line @nx/enforce-module-boundaries -- whether tensors are left behind is seen from below
import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeEncoder } from '../../../packages/adapterfusion/src/tiny.spec.js';
import { fusion, type Bench } from './cells.js';
import { Ledger } from './ledger.js';
import { quickstart } from './quickstart.js';
import type { Recipe } from './recipe.js';
import { meanInterval } from './statistics.js';
import { study, type Measured } from './study.js';
import { studyTable } from './study-table.js';
import { simplest, tune, type Tried } from './tune.js';

// Each runs the whole way several times; on a busy machine that takes minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-study-'));
const at = (name: string): string => join(folder, name);
const pace = { learningRate: 1e-2, steps: 4 };
const RECIPE: Recipe = {
  ...{ adapter: 'seq_bn[reduction_factor=8]', pooling: 'mean', batchSize: 64 },
  ...{ source: pace, own: pace, fusion: pace },
};
const output = new Output(false);
const bench = (out: string, signal = new AbortController().signal): Bench => ({
  ...{ model: at('encoder'), backend: 'wasm', measureOn: 'test', out: at(out), signal },
});
const plan = { targets: ['films'], budgets: [16, 'all'], seeds: 1 } as const;
const lines = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0 }));

beforeAll(async () => {
  writeEncoder(at('encoder'), 1);
  await openBackend('wasm');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the quickstart leaves no tensor behind', async () => {
  const before = tensorCount();
  const options = {
    target: 'films',
    labels: 16,
    seed: 0,
    backend: 'wasm',
    model: at('encoder'),
    out: at('q'),
  } as const;
  const stopped = quickstart(options, RECIPE, output, AbortSignal.abort());
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  expect(tensorCount()).toBe(before);
  const result = await quickstart(options, RECIPE, output, new AbortController().signal);
  expect(result.table).toHaveLength(7);
  expect(tensorCount()).toBe(before);
});

describe('a study', () => {
  let whole: readonly Measured[];
  beforeAll(async () => {
    whole = await study(bench('whole'), RECIPE, plan, output);
  });

  it('measures every target and budget, and trains an adapter once', () => {
    expect(whole.map(({ target, labels, seed }) => [target, labels, seed])).toEqual([
      ['films', 16, 0],
      ['films', 'all', 0],
    ]);
    expect(readdirSync(at('whole/adapters'))).toHaveLength(4);
    expect(readdirSync(at('whole/fusions'))).toEqual([]);
    for (const { accuracy } of whole) {
      expect(Object.keys(accuracy)).toHaveLength(8);
      for (const value of Object.values(accuracy)) expect(value * 300).toBeCloseTo(Math.round(value * 300), 6);
    }
  });

  it('stopped in a run and torn in a line, goes on to the same results', async () => {
    const stop = new AbortController();
    let progress = 0;
    const counting = Object.assign(new Output(false), {
      progress: () => ++progress === 2 && setTimeout(() => stop.abort(), 50),
    });
    await expect(study(bench('cut', stop.signal), RECIPE, plan, counting)).rejects.toMatchObject({ code: 'ABORTED' });
    const results = at('cut/results.jsonl');
    expect(lines(results)).toHaveLength(1);
    appendFileSync(results, '{"target":"fil');
    await study(bench('cut'), RECIPE, plan, output);
    expect(lines(results)).toEqual(lines(at('whole/results.jsonl')));
  });

  it('done, measures nothing again; with other settings, is refused', async () => {
    const before = readFileSync(at('whole/results.jsonl'), 'utf8');
    await study(bench('whole'), RECIPE, plan, output);
    expect(readFileSync(at('whole/results.jsonl'), 'utf8')).toBe(before);
    const other = study(bench('whole'), { ...RECIPE, own: { ...pace, steps: 5 } }, plan, output);
    await expect(other).rejects.toMatchObject({ code: 'RESUME_REFUSED' });
  });

  it('with other weights under the same name, is refused', async () => {
    cpSync(at('encoder'), at('changed'), { recursive: true });
    const changing = { ...bench('changing'), model: at('changed') };
    await study(changing, RECIPE, { ...plan, targets: [] }, output);
    writeEncoder(at('changed'), 2);
    const again = study(changing, RECIPE, { ...plan, targets: [] }, output);
    await expect(again).rejects.toMatchObject({ code: 'RESUME_REFUSED' });
  });
});

it('tuning tries all, takes the best on validation rows, and goes on where it stopped', async () => {
  const fast = { learningRate: [1e-9, 1e-2], steps: [4] };
  const grid = {
    source: fast,
    own: { learningRate: [1e-2], steps: [4] },
    fusion: { learningRate: [1e-2], steps: [4] },
  };
  const tuning = { ...bench('tuning'), measureOn: 'validation' } as const;
  const chosen = await tune(tuning, RECIPE, grid, 2, output);
  const tried = lines(at('tuning/tuning.jsonl')) as Tried[];
  expect(tried).toHaveLength(8);
  for (const { accuracy } of tried) expect(accuracy * 100).toBeCloseTo(Math.round(accuracy * 100), 6);
  const score = (rate: number): number =>
    tried
      .filter(({ part, learningRate }) => part === 'source' && learningRate === rate)
      .reduce((sum, { accuracy }) => sum + accuracy, 0);
  expect(chosen.source.learningRate).toBe(score(1e-2) > score(1e-9) ? 1e-2 : 1e-9);
  expect(await tune(tuning, RECIPE, grid, 2, output)).toEqual(chosen);
  expect(lines(at('tuning/tuning.jsonl'))).toHaveLength(8);
  // Where more seeds let another adapter win, the fusion is tried on that one.
  const other = chosen.source.learningRate === 1e-2 ? 1e-9 : 1e-2;
  const better = tried.map(({ part, learningRate, steps, seed, of, accuracy }) => ({
    ...{ part, learningRate, steps, seed, of },
    accuracy: part === 'source' && learningRate === other ? 1 : accuracy,
  }));
  writeFileSync(at('tuning/tuning.jsonl'), better.map((row) => `${JSON.stringify(row)}\n`).join(''));
  expect((await tune(tuning, RECIPE, grid, 2, output)).source.learningRate).toBe(other);
  expect(lines(at('tuning/tuning.jsonl'))).toHaveLength(10);
});

it('of what is within a standard error of the best, the fewest steps win, then the best', () => {
  const found = (learningRate: number, steps: number, mean: number, error = 0.01) => ({
    ...{ pace: { learningRate, steps }, mean, error },
  });
  const tried = [found(1, 40, 0.799), found(2, 40, 0.792), found(3, 20, 0.789), found(4, 80, 0.8)];
  expect(simplest(tried)).toEqual({ learningRate: 1, steps: 40 });
  expect(simplest(tried.map((one) => ({ ...one, error: NaN })))).toEqual({ learningRate: 4, steps: 80 });
});

it('a fusion of other settings begins anew beside one that was stopped', async () => {
  const stop = new AbortController();
  const cell = { target: 'films', labels: 16, seed: 0 } as const;
  const long = { ...RECIPE, fusion: { learningRate: 1e-2, steps: 4000 } };
  const fusions = at('stopped/fusions');
  const watch = setInterval(() => {
    if (!existsSync(fusions)) return;
    clearInterval(watch);
    setTimeout(() => stop.abort(), 500);
  }, 10);
  const stopped = fusion(bench('stopped', stop.signal), long, cell, false);
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  expect(readdirSync(fusions, { recursive: true }).join()).toMatch(/fusion-\d+\.safetensors/);
  expect((await fusion(bench('stopped'), RECIPE, cell, false)).fusion).toBeGreaterThan(0);
});

describe('the table', () => {
  const cell = (target: Measured['target'], seed: number, own: number, fusion: number): Measured => ({
    ...{ target, seed, labels: 64, seconds: 1 },
    accuracy: { own, fusion, majority: 0.5, tfidf: 0.65, probe: 0.7, head: 0.6, other: 0.75, average: 0.72 },
  });

  it("has Student's interval of the paired differences", () => {
    // 0.02, 0.04, 0.06: mean 0.04, deviation 0.02, t(2) = 4.303: half = 4.303 · 0.02 / √3.
    const { mean, half } = meanInterval([0.02, 0.04, 0.06]);
    expect(mean).toBeCloseTo(0.04, 9);
    expect(half).toBeCloseTo(0.049687, 5);
    const films = [cell('films', 0, 0.7, 0.72), cell('films', 1, 0.7, 0.74), cell('films', 2, 0.7, 0.76)];
    const others = films.flatMap((one) => (['products', 'restaurants'] as const).map((target) => ({ ...one, target })));
    const text = studyTable([...films, ...others], {
      targets: ['products', 'films', 'restaurants'],
      budgets: [64],
    }).split('\n');
    expect(text[3]).toBe('| films | 64 | 65.0 | 70.0 | 60.0 | 70.0 | 75.0 | 72.0 | 74.0 | +4.0 ± 5.0 | 3 / 0 / 0 |');
    expect(text[5]).toBe('| all | 64 | 65.0 | 70.0 | 60.0 | 70.0 | 75.0 | 72.0 | 74.0 | +4.0 ± 5.0 | 3 / 0 / 0 |');
  });

  it('of one seed has no interval', () => {
    const text = studyTable([cell('films', 0, 0.7, 0.68)], { targets: ['films'], budgets: [64] });
    expect(text).toContain('| films | 64 | 65.0 | 70.0 | 60.0 | 70.0 | 75.0 | 72.0 | 68.0 | −2.0 | 0 / 0 / 1 |');
  });
});

it('a ledger refuses a line that is no JSON', () => {
  writeFileSync(at('bad.jsonl'), '{"a":1}\nx\n{"a":2}\n');
  expect(() => new Ledger(at('bad.jsonl'))).toThrow(/bad\.jsonl:2: expected a line of JSON; got x/);
});

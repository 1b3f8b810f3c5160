import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// eslint-disable-next-line @nx/enforce-module-boundaries -- whether tensors are left behind is seen from below
import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';
import { planExperiment } from './open-experiment.js';
import {
  previewExperiment,
  readExperiment,
  runExperiment,
  type CellResult,
  type ExperimentEvent,
  type ExperimentFile,
  type RunExperimentOptions,
} from './index.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-experiment-'));
const at = (name: string): string => join(folder, name);
const FILE: ExperimentFile = {
  name: 'tiny',
  model: './encoder',
  backend: 'wasm',
  protocol: 'held-out',
  adapter: 'seq_bn[reduction_factor=8]',
  head: { pooling: 'mean' },
  settings: { epochs: 2, learningRate: 1e-2, maxLength: 16, batchSize: 16 },
  tasks: { first: { data: './first.tsv' }, second: { data: './second.tsv' } },
  targets: ['first'],
  strategies: ['majority', 'embedding', 'head', 'full', 'st-a', 'average', 'fusion'],
  seeds: [0, 1],
  sourceSeed: 0,
  budgets: ['all', 16],
};

function write(file: object, name = 'experiment.json'): string {
  writeFileSync(at(name), JSON.stringify(file));
  return at(name);
}
type Finished = Extract<ExperimentEvent, { type: 'finished' }>;
async function run(out: string, options: Partial<RunExperimentOptions> = {}) {
  const given = { experiment: at('experiment.json'), out: at(out), ...options };
  const events: ExperimentEvent[] = [];
  for await (const event of runExperiment(given)) events.push(event);
  return { events, finished: events.at(-1) as Finished };
}
const timeless = (cells: readonly CellResult[]) =>
  cells.map((cell) => ({ ...cell, seconds: 0, memory: 0, millisecondsPerRow: 0 }));
const lines = (path: string): unknown[] =>
  readFileSync(at(path), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

beforeAll(async () => {
  writeEncoder(at('encoder'), 1);
  writeFileSync(at('first.tsv'), rows(48, 2));
  writeFileSync(at('second.tsv'), rows(48, 3, true));
  write(FILE);
  await openBackend('wasm');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an experiment', () => {
  let whole: Finished;
  let before = 0;
  beforeAll(async () => {
    before = tensorCount();
    whole = (await run('whole')).finished;
  });

  it('has a line for every strategy, target, budget and seed', () => {
    expect(whole.failed).toEqual([]);
    const key = ({ strategy, task, seed, budget }: CellResult): string => `${strategy} ${task} ${seed} ${budget}`;
    expect(new Set(whole.results.map(key)).size).toBe(7 * 2 * 2);
    expect(lines('whole/results.jsonl')).toEqual(whole.results);
    const truths = JSON.parse(readFileSync(at('whole/tasks.json'), 'utf8')) as Record<string, { truth: number[] }>;
    for (const cell of whole.results) {
      const { truth } = truths[cell.task]!;
      const right = truth.filter((label, row) => label === cell.predictions[row]).length;
      expect(right / truth.length).toBeCloseTo(cell.metrics['accuracy']!, 9);
      expect(cell.rows.train).toBe(cell.budget === 'all' ? cell.rows.train : 16);
      expect(cell.protocol).toBe('held-out');
      expect(cell.attention?.adapters).toEqual(cell.strategy === 'fusion' ? ['second', 'first'] : undefined);
      const trained = ['head', 'full', 'st-a', 'fusion'].includes(cell.strategy);
      expect([(cell.memory ?? 0) > 1e7, (cell.millisecondsPerRow ?? 0) > 0]).toEqual([trained, trained]);
      expect(cell.losses.length > 0).toBe(trained);
    }
    expect(tensorCount()).toBe(before);
  });

  it('trains a source once, and keeps the bundles of sources alone', () => {
    const bundles = readdirSync(at('whole/runs')).filter((id) => existsSync(at(`whole/runs/${id}/bundle`)));
    // first: two budgets and seeds; second: all rows, seed 0.
    expect(bundles.map((id) => id.replace(/-[^-]*$/, '')).sort()).toEqual([
      ...['st-a-first-0', 'st-a-first-0', 'st-a-first-1', 'st-a-first-1', 'st-a-second-0'],
    ]);
    const own = whole.results.find(({ strategy, seed }) => strategy === 'st-a' && seed === 1)!;
    const log = lines(`whole/runs/${own.run}/events.jsonl`) as { type: string }[];
    expect(log.filter(({ type }) => type === 'step')).toHaveLength(own.losses.length);
    const table = readFileSync(at(`whole/runs/${own.run}/events.csv`), 'utf8').split('\n');
    expect(table[0]).toMatch(/^type,/);
    expect(table).toHaveLength(log.length + 2);
    expect(readFileSync(at(`whole/runs/${own.run}/events.out.tfevents`)).includes('st-a/loss')).toBe(true);
  });

  it('tells what sources reached that are no cells', async () => {
    const { sources } = await readExperiment(at('whole'));
    expect(sources).toMatchObject([
      { strategy: 'st-a', task: 'second', seed: 0, metrics: { accuracy: expect.any(Number) } },
    ]);
    expect(existsSync(at(`whole/runs/${sources[0]!.run}/bundle`))).toBe(true);
  });

  it('done, does nothing again; with more seeds, only these', async () => {
    const again = await run('whole');
    expect(again.events.map(({ type }) => type)).toEqual(['plan', 'finished']);
    expect(again.finished).toEqual(whole);
    const more = write({ ...FILE, seeds: [0, 1, 2], strategies: ['majority', 'st-a'], budgets: ['all'] }, 'more.json');
    const { events } = await run('whole', { experiment: more });
    expect(events.filter(({ type }) => type === 'run')).toHaveLength(2);
  });

  it('interrupted in a run and killed in a line, goes on to the same results', async () => {
    const stop = new AbortController();
    const cut: ExperimentEvent[] = [];
    const given = { experiment: at('experiment.json'), out: at('cut'), signal: stop.signal };
    for await (const event of runExperiment(given)) {
      cut.push(event);
      if (event.type === 'event' && event.event.type === 'step' && cut.length > 40) stop.abort();
    }
    expect(cut.at(-1)).toMatchObject({ type: 'finished', interrupted: true });
    const id = cut.findLast(({ type }) => type === 'run') as { id: string };
    appendFileSync(at(`cut/runs/${id.id}/events.jsonl`), '{"type":"st');
    const { finished } = await run('cut');
    expect(timeless(finished.results)).toEqual(timeless(whole.results));
  });

  it('a damaged state and a damaged record are named, and all else is kept', async () => {
    const { run: id } = whole.results.find(({ strategy }) => strategy === 'head')!;
    for (const path of ['whole/state.json', `whole/runs/${id}/record.json`])
      writeFileSync(at(path), readFileSync(at(path), 'utf8').replace(/\d/, 'x'));
    const warnings: string[] = [];
    const { events, finished } = await run('whole', { onWarning: (message) => warnings.push(message) });
    expect(warnings.filter((each) => each.includes('damaged file'))).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'run')).toMatchObject([{ id }]);
    expect(timeless(finished.results)).toEqual(timeless(whole.results));
    expect(existsSync(at('whole/state.json.damaged'))).toBe(true);
  });

  it('is previewed: what is done, and how long the rest takes', async () => {
    const given = { experiment: write({ ...FILE, seeds: [0, 7] }, 'preview.json'), out: at('whole') };
    const { cells, runs, seconds } = await previewExperiment(given);
    write(FILE);
    expect(cells).toBe(28);
    expect(runs.filter(({ done }) => done)).toHaveLength(15);
    expect(runs.filter(({ label, done }) => label === 'full first, seed 7' && !done)).toHaveLength(1);
    expect(seconds).toBeCloseTo(
      runs.reduce((sum, run) => sum + (run.done ? 0 : run.seconds), 0),
      9,
    );
    const of = (start: string) => runs.find(({ label }) => label.startsWith(start))!.seconds;
    expect(of('full')).toBeGreaterThan(of('head'));
    expect(of('majority')).toBe(0);
  });

  it('two on one folder: the second is refused', async () => {
    const first = runExperiment({ experiment: at('experiment.json'), out: at('whole') });
    await first.next();
    await expect(run('whole')).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    await first.return();
    await run('whole');
  });

  it('a run that fails is listed with what needs it, and the rest goes on', async () => {
    const settings = { ...FILE.settings, learningRate: 1e30, clip: 0 };
    const strategies = ['majority', { name: 'st-a', tasks: { second: { settings } } }, 'fusion'];
    const failing = write({ ...FILE, strategies, seeds: [0], budgets: ['all'] }, 'failing.json');
    const { finished } = await run('failing', { experiment: failing });
    expect(finished.results.map(({ strategy }) => strategy)).toEqual(['majority', 'st-a']);
    expect(finished.failed).toMatchObject([{ strategy: 'fusion', message: expect.stringMatching('st-a second') }]);
    expect(lines('failing/failed.jsonl')).toEqual(finished.failed);
  });
});

describe('strategies of several tasks', () => {
  it('are learned once, measured on every target, and their adapters are mixed', async () => {
    const { targets: _, ...rest } = FILE;
    const strategies = [
      ...['st-a', 'fusion', 'multi-task', 'mt-a'],
      { name: 'fusion over mt-a', trainer: 'fusion', over: 'mt-a' },
      { name: 'frozen', trainer: 'mt-a[encoder=frozen,sampling=square-root]' },
      { name: 'fusion over frozen', trainer: 'fusion', over: 'frozen' },
      { name: 'there', trainer: 'sequential', order: ['first', 'second'] },
      { name: 'back', trainer: 'sequential', order: ['second', 'first'] },
    ];
    const several = { ...rest, strategies, seeds: [0], budgets: ['all'] };
    const { events, finished } = await run('several', { experiment: write(several, 'several.json') });
    expect(finished.failed).toEqual([]);
    expect(finished.results).toHaveLength(strategies.length * 2);
    // Two of st-a, two of each fusion, one of each of the others.
    expect(events.filter(({ type }) => type === 'run')).toHaveLength(2 + 6 + 5);
    const of = (strategy: string): CellResult[] => finished.results.filter((cell) => cell.strategy === strategy);
    for (const cell of finished.results) {
      const { truth } = (
        JSON.parse(readFileSync(at('several/tasks.json'), 'utf8')) as Record<string, { truth: number[] }>
      )[cell.task]!;
      const right = truth.filter((label, row) => label === cell.predictions[row]).length;
      expect(right / truth.length).toBeCloseTo(cell.metrics['accuracy']!, 9);
    }
    expect(of('mt-a')[0]!.run).toBe(of('mt-a')[1]!.run);
    expect(of('there')[0]!.stages!.map(({ task }) => task)).toEqual(['first', 'second']);
    expect(of('back')[0]!.stages!.map(({ task }) => task)).toEqual(['second', 'first']);
    expect(Object.keys(of('there')[0]!.stages![1]!.forgetting)).toEqual(['first']);
    expect(of('fusion over mt-a').map(({ attention }) => attention!.adapters)).toEqual([
      ['second', 'first'],
      ['first', 'second'],
    ]);
    expect((await run('several', { experiment: at('several.json') })).events.map(({ type }) => type)).toEqual([
      'plan',
      'finished',
    ]);
  });
});

describe('protocols', () => {
  it('paper: the best epoch on the measured rows', async () => {
    const { protocol: _, ...rest } = FILE;
    const paper = { ...rest, protocol: 'paper', strategies: ['st-a'], seeds: [0], budgets: ['all'] };
    const { finished } = await run('paper', { experiment: write(paper, 'paper.json') });
    const [cell] = finished.results;
    expect(cell!.protocol).toBe('paper');
    expect(cell!.history).toHaveLength(2);
    const best = Math.max(...cell!.history.map(({ metrics }) => metrics['accuracy']!));
    expect(cell!.metrics['accuracy']).toBe(best);
  });

  it('held-out: the best epoch and the learning rate by training rows alone', async () => {
    const search = { learningRates: [1e-9, 1e-2] };
    const held = { ...FILE, strategies: ['st-a'], seeds: [0, 1], budgets: ['all'], search };
    const { events, finished } = await run('held', {
      experiment: write({ ...held, settings: { ...FILE.settings, epochs: 6, keep: 'best' } }),
    });
    write(FILE);
    expect(finished.results.map(({ learningRate }) => learningRate)).toEqual([1e-2, 1e-2]);
    const data = events.flatMap((event) =>
      event.type === 'event' && event.event.type === 'data' ? [event.event] : [],
    );
    expect(data.map(({ measured }) => measured.split)).toEqual(['held-out', 'held-out', 'validation', 'validation']);
    for (const { train, validation, available } of data) expect(train + validation).toBe(available);
  });
});

describe('an experiment that cannot be run', () => {
  it('has all its problems listed at once', async () => {
    const bad = {
      ...FILE,
      model: './nowhere',
      tasks: { ...FILE.tasks, third: { data: './absent.tsv' }, fourth: { data: 'rtee' } },
      targets: ['first', 'secnd', 'third'],
      sources: ['first', 'second', 'fourth', { name: 'given', bundle: './no-bundle' }],
      strategies: ['st-a', { name: 'head', adapter: 'seq_bn' }, { name: 'fusion', over: 'head' }, 'st-b'],
      budgets: [1, 9999],
    };
    const error = await planExperiment({ experiment: write(bad, 'bad.json') }).catch((error: unknown) => error);
    const { errors } = (error as { cause: AggregateError }).cause;
    const found = (errors as Error[]).map(({ message }) => message).join('\n');
    for (const part of ['nowhere', 'absent.tsv', 'rtee', '"secnd"', 'Did you mean "second"', 'no-bundle'])
      expect(found).toContain(part);
    for (const part of ['trains no adapter', 'a strategy that trains an adapter', '"st-b"', 'from 2 rows', '9999'])
      expect(found).toContain(part);
    expect((error as Error).message).toContain(`${errors.length} problems`);
  });

  it('has all faults of its form listed at once', async () => {
    const bad = {
      ...FILE,
      protocol: 'mine',
      sede: [1],
      settings: { epochs: 0, learingRate: 1 },
      strategies: [{ name: 'st-a', tasks: { first: { settings: { keep: 'bets' } } } }, 7],
      budgets: ['most'],
      seeds: undefined,
    };
    const error = await planExperiment({ experiment: write(bad, 'bad.json') }).catch((error: unknown) => error);
    const found = ((error as { cause: AggregateError }).cause.errors as Error[]).map(({ message }) => message);
    expect(found.map((message) => message.replace(/: expected.*/, '')).sort()).toEqual([
      ...['budgets.0', 'protocol', 'settings', 'settings.epochs', 'strategies.0.tasks.first.settings.keep'],
      ...['strategies.1', 'the file', 'the file'],
    ]);
    expect(found.join('\n')).toMatch(/"learingRate"\. Did you mean "learningRate"/);
    expect(found.join('\n')).toMatch(/"sede"\. Did you mean "seeds"/);
  });
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
// eslint-disable-next-line @nx/enforce-module-boundaries -- one backend for all of them
import { openBackend } from '@adapterfusion/tensor';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';
import { openWorker, runExperiment, type ExperimentEvent, type ExperimentFile, type Workers } from './index.js';
import { planExperiment } from './open-experiment.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-workers-'));
const at = (...names: string[]): string => join(folder, ...names);
const experiment = at('experiment.json');
const FILE: ExperimentFile = {
  ...{ model: './encoder', backend: 'wasm', protocol: 'held-out', head: { pooling: 'mean' }, seeds: [0] },
  settings: { epochs: 1, learningRate: 1e-2, maxLength: 16, batchSize: 16 },
  ...{ tasks: { fruit: { data: './fruit.tsv' } }, strategies: ['majority', 'head', 'st-a'] },
};
beforeAll(async () => {
  writeEncoder(at('encoder'), 1);
  writeFileSync(at('fruit.tsv'), rows(32, 2));
  writeFileSync(experiment, JSON.stringify(FILE));
  await openBackend('wasm');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type InTurn = { -readonly [K in keyof Workers]: Workers[K] } & { rested: number; closed: boolean };

/** Two workers of this process, which do one run at a time. */
async function inTurn(out: string, memory: number): Promise<InTurn> {
  const perform = await openWorker({ experiment, out: at(out) });
  const workers: InTurn = {
    ...{ memory, rested: 0, closed: false },
    open: async (backend) => ({ backend: await openBackend(backend), count: 2 }),
    perform: (_place, run) => perform(run),
    rest: () => void workers.rested++,
    close: async () => void (workers.closed = true),
  };
  return workers;
}

/** Makes a run of a folder seem to be held. */
async function hold(out: string, strategy: string, process: number): Promise<string> {
  const { runs } = await planExperiment({ experiment });
  const { id } = runs.find(({ label }) => label.startsWith(strategy))!;
  mkdirSync(at(out, 'runs', id), { recursive: true });
  writeFileSync(at(out, 'runs', id, 'lock'), JSON.stringify({ process, host: hostname() }));
  return id;
}

it('where memory is for one alone, one alone is on its way', async () => {
  const workers = await inTurn('small', 1);
  let most = 0;
  let going = 0;
  for await (const event of runExperiment({ experiment, out: at('small'), workers })) {
    if (event.type === 'plan') expect(event.workers).toBe(2);
    if (event.type === 'run') most = Math.max(most, ++going);
    if (event.type === 'run-done') going--;
    if (event.type === 'finished') expect([event.results.length, event.failed]).toEqual([3, []]);
  }
  expect(most).toBe(1);
  expect(workers.rested).toBeGreaterThan(0);
  expect(workers.closed).toBe(true);
});

it('a run that a living process holds is left to it, one whose process is gone is taken', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const stale = await hold('held', 'st-a', pid);
  const held = await hold('held', 'head', process.ppid);
  const stop = new AbortController();
  const events: ExperimentEvent[] = [];
  for await (const event of runExperiment({ experiment, out: at('held'), signal: stop.signal })) {
    events.push(event);
    // Everything else comes first; then it waits.
    if (event.type === 'run-done' && event.id === stale) setTimeout(() => stop.abort(), 1500);
  }
  expect(events.flatMap((event) => (event.type === 'run-held' ? [event.id] : []))).toEqual([held]);
  expect(events.at(-1)).toMatchObject({ type: 'finished', interrupted: true, failed: [] });
  expect(readdirSync(at('held', 'runs', held))).toEqual(['lock']);
  expect(existsSync(at('held', 'runs', stale, 'lock'))).toBe(false);
  // Its holder ends.
  await hold('held', 'head', pid);
  const last: ExperimentEvent[] = [];
  for await (const event of runExperiment({ experiment, out: at('held') })) last.push(event);
  expect(last.flatMap((event) => (event.type === 'run' ? [event.id] : []))).toEqual([held]);
  expect(last.at(-1)).toMatchObject({ type: 'finished', interrupted: false, results: { length: 3 } });
});

it('a run whose worker is lost twice has failed, and the rest goes on', async () => {
  const workers = await inTurn('lost', 1);
  const { runs } = await planExperiment({ experiment });
  const { id } = runs.find(({ label }) => label.startsWith('head'))!;
  const { perform } = workers;
  // eslint-disable-next-line require-yield -- it ends at once
  const lost: Workers['perform'] = async function* () {
    return { state: 'lost', how: 'SIGKILL' };
  };
  workers.perform = (place, run) => (run === id ? lost : perform)(place, run);
  const events: ExperimentEvent[] = [];
  for await (const event of runExperiment({ experiment, out: at('lost'), workers })) events.push(event);
  expect(events.filter(({ type }) => type === 'run-lost')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({
    ...{ type: 'finished', results: { length: 2 } },
    failed: [{ strategy: 'head', code: 'BACKEND_LOST', message: expect.stringContaining('SIGKILL') }],
  });
});

it('a run that the experiment no longer has is refused', async () => {
  const perform = await openWorker({ experiment, out: at('other') });
  expect(await perform('head-fruit-0-elsewhere').next()).toMatchObject({
    ...{ done: true, value: { state: 'failed', code: 'OPTIONS_INVALID' } },
  });
});

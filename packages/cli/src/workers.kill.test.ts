import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, it, vi } from 'vitest';
import { adapterfusion, eventsOf, scratch } from './process.spec.js';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const folder = scratch();
const FILE = {
  ...{ model: './encoder', backend: 'wasm', protocol: 'held-out', head: { pooling: 'mean' }, seeds: [0] },
  settings: { epochs: 3, maxLength: 16, batchSize: 4, learningRate: 1e-2, checkpointEvery: 8 },
  tasks: { fruit: { data: './fruit.tsv' }, tools: { data: './tools.tsv' } },
  ...{ adapter: 'seq_bn[reduction_factor=8]', targets: ['fruit'], sourceSeed: 0 },
  strategies: ['majority', 'head', 'st-a', 'fusion'],
};
const RUN = ['run', 'experiment.json', '--json'];
const into = (out: string, workers: string): string[] => [...RUN, '--out', out, '--workers', workers];

/** The lines of a folder's results, times and memory aside. */
const tableOf = (out: string): unknown[] =>
  readFileSync(join(folder, out, 'results.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: 0, memory: 0, millisecondsPerRow: 0 }));

/** Processes that hold runs of a folder, by run. */
function holders(out: string): Map<string, number> {
  const runs = join(folder, out, 'runs');
  return new Map(
    readdirSync(runs).flatMap((id) => {
      if (!readdirSync(join(runs, id)).includes('lock')) return [];
      const { process } = JSON.parse(readFileSync(join(runs, id, 'lock'), 'utf8')) as { process: number };
      return [[id, process]];
    }),
  );
}

beforeAll(async () => {
  writeEncoder(join(folder, 'encoder'), 1);
  writeFileSync(join(folder, 'fruit.tsv'), rows(40, 2));
  writeFileSync(join(folder, 'tools.tsv'), rows(40, 3, true));
  writeFileSync(join(folder, 'experiment.json'), JSON.stringify(FILE));
  expect((await adapterfusion([...RUN, '--out', 'one'], folder)).code).toBe(0);
});

it('two workers give the table of one, and say who does what', async () => {
  const ended = await adapterfusion(into('two', '2'), folder);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  expect(tableOf('two')).toEqual(tableOf('one'));
  const events = eventsOf(ended);
  expect(events[0]).toMatchObject({ type: 'plan', runs: 5, workers: 2 });
  const begun = events.filter(({ type }) => type === 'run');
  expect(new Set(begun.map((event) => event['worker']))).toEqual(new Set([1, 2]));
  expect(begun).toHaveLength(5);
  expect(events.filter(({ type }) => type === 'step').every((event) => typeof event['worker'] === 'number')).toBe(true);
  expect(holders('two').size).toBe(0);
});

it('a worker that is killed: its run is done again, and the table is the same', async () => {
  const going = adapterfusion(into('lost', '2'), folder);
  let killed: number | undefined;
  while (killed === undefined) {
    await wait(20);
    try {
      const found = [...holders('lost')].find(([id]) => id.startsWith('st-a'));
      if (found) process.kill((killed = found[1]), 'SIGKILL');
    } catch {
      // It is not there yet.
    }
  }
  const ended = await going;
  expect(ended.code).toBe(0);
  expect(eventsOf(ended).filter(({ type }) => type === 'run-lost')).toMatchObject([{ how: 'SIGKILL' }]);
  expect(tableOf('lost')).toEqual(tableOf('one'));
  expect(holders('lost').size).toBe(0);
});

it('killed in the middle, it leaves no worker behind; started again, the table is the same', async () => {
  const killed = await adapterfusion(into('killed', '2'), folder, { signal: 'SIGKILL', at: /"phase":"st-a","step":9/ });
  expect(killed.signal).toBe('SIGKILL');
  // They notice that nobody listens, and let go of their runs.
  while (holders('killed').size > 0) await wait(20);
  const ended = await adapterfusion(into('killed', '2'), folder);
  expect(ended.code).toBe(0);
  expect(tableOf('killed')).toEqual(tableOf('one'));
  expect(holders('killed').size).toBe(0);
});

it('Ctrl-C stops every worker at a checkpoint', async () => {
  const run = into('stopped', '2').filter((each) => each !== '--json');
  const stopped = await adapterfusion(run, folder, { signal: 'SIGINT', at: /st-a: \d+ steps/ });
  expect(stopped).toMatchObject({ code: 130, signal: null, stdout: '' });
  expect(stopped.stderr).toMatch(/^\[[12]\] Interrupted after step \d+; a checkpoint is saved\.$/m);
  expect(stopped.stderr).toMatch(/^To go on: npx adapterfusion run experiment\.json --out stopped --workers 2$/m);
  expect(holders('stopped').size).toBe(0);
});

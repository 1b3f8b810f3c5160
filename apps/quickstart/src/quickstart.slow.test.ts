import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeEncoder } from '../../../packages/adapterfusion/src/tiny.spec.js';
// eslint-disable-next-line @nx/enforce-module-boundaries -- tests of several packages share it
import { complaints } from '../../../packages/report/src/complaints.spec.js';

// It trains four times; on a busy machine that takes minutes.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-quickstart-'));
const TINY = ['--model', 'encoder', '--backend', 'wasm'];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built app. @param stop the text at which it gets Ctrl-C */
function run(args: readonly string[], stop?: RegExp): Promise<Ended> {
  if (!existsSync(MAIN)) throw new Error('apps/quickstart is not built: run "npx tsc --build apps/quickstart"');
  const { DEBUG: _, ...env } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { HF_HUB_OFFLINE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  let sent = false;
  const read = (name: 'stdout' | 'stderr') => (text: string) => {
    output[name] += text;
    if (sent || !stop?.test(output[name])) return;
    sent = true;
    child.kill('SIGINT');
  };
  child.stdout.setEncoding('utf8').on('data', read('stdout'));
  child.stderr.setEncoding('utf8').on('data', read('stderr'));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...output })));
}

beforeAll(() => writeEncoder(join(folder, 'encoder'), 1));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the quickstart', () => {
  let ended: Ended;
  beforeAll(async () => {
    ended = await run([...TINY, '--target', 'restaurants', '--labels', '16', '--out', 'out']);
  });

  it('ends well, with what it does on stderr and what it found on stdout', () => {
    expect(ended.code, ended.stderr).toBe(0);
    for (const line of [
      'films: an adapter on all labels',
      'reviews-films: 596 rows to train on',
      'restaurants: 2 adapters composed with 16 labels',
      'reviews-restaurants: 16 of 595 rows to train on',
    ])
      expect(ended.stderr).toMatch(new RegExp(`^${line}`, 'm'));
    expect(ended.stderr).not.toMatch(/^error/m);
  });

  it('prints the table, the verdict, counts, answers and places', () => {
    const { stdout } = ended;
    expect(stdout).toMatch(/^reviews-restaurants, 300 test rows +accuracy % †/m);
    const methods = [
      ...[
        'majority.*',
        'TF-IDF \\+ logistic regression',
        'probe: .*',
        'linear head on the bare encoder',
        'own adapter, .*',
      ],
      ...['best source head .*', 'mean of the source heads', 'best single adapter .*'],
      ...['average of the adapters.*', 'fusion: scaling.*', 'fusion: attention.*'],
    ];
    for (const method of methods) expect(stdout).toMatch(new RegExp(`^[> ][* ] ${method} +\\d+\\.\\d `, 'm'));
    expect(stdout).toMatch(/^The other domains’ adapters (helped|made little difference|did harm): /m);
    // The average weighs both alike: no picture of it.
    expect(stdout).not.toMatch(/^layer\/location/m);
    expect(stdout).toMatch(/^Parameters: encoder [\d,]+ \(frozen\), adapters [\d,]+, fusion [\d,]+, head [\d,]+$/m);
    expect(stdout.match(/^ {2}(positive|negative) +\d+\.\d % {2}[A-Z].+\.$/gm)).toHaveLength(3);
    expect(stdout).toMatch(/^bundle {2}out\/fusion\npage {4}out\/report\.html\ntook {4}\d+:\d\d \(wasm /m);
    for (const name of ['products', 'films', 'fusion'])
      expect(existsSync(join(folder, 'out', name, 'adapterfusion.json')), name).toBe(true);
    const { training } = JSON.parse(readFileSync(join(folder, 'out/fusion/adapterfusion.json'), 'utf8')) as {
      training: object;
    };
    expect(training).toMatchObject({ data: 'reviews-restaurants', trainRows: 16, availableRows: 595 });
  });

  it('writes a page that parses, says the same and needs no other file', () => {
    const text = readFileSync(join(folder, 'out/report.html'), 'utf8');
    expect(complaints(text)).toEqual([]);
    expect(text).not.toMatch(/\b(src|href)=|url\(|@import|https?:/);
    const shown = /^>[* ] (average of the adapters.*?) +(\d+\.\d)/m.exec(ended.stdout)!;
    expect(text).toMatch(new RegExp(`<th scope="row">${shown[1]!}</th>\\s*<td>${shown[2]!}</td>`));
    // An average has no training curve.
    expect(text.match(/<polyline class="curve/g)).toHaveLength(2);
    expect(text).toContain('adapters ');
  });

  it('stops at Ctrl-C, and leaves no page', async () => {
    const stopped = await run([...TINY, '--labels', '16', '--json', '--out', 'again'], /"phase":"st-a","step":3,/);
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(existsSync(join(folder, 'again/report.html'))).toBe(false);
    const last = JSON.parse(stopped.stdout.trimEnd().split('\n').at(-1)!) as object;
    expect(last).toMatchObject({ type: 'done', interrupted: true });
  });
});

describe('what is asked for wrongly', () => {
  it.each([
    ['a domain that is none', ['--target', 'books'], 'USAGE', '--target: expected products, films, restaurants'],
    ['too few labels', ['--labels', '1'], 'USAGE', '--labels: expected a whole number of at least 2; got "1"'],
    ['labels that are no number', ['--labels', 'many'], 'USAGE', '--labels'],
    ['more labels than there are', ['--labels', '597'], 'OPTIONS_INVALID', 'to 596, the rows that there are; got 597'],
    ['a seed below 0', ['--seed=-1'], 'USAGE', '--seed'],
    ['an unknown option', ['--lables', '64'], 'USAGE', "Unknown option '--lables'"],
    ['a word too many', ['films'], 'USAGE', 'films'],
    ['an option without its value', ['--target'], 'USAGE', '--target'],
    ['an unknown backend', ['--backend', 'gpu'], 'BACKEND_UNAVAILABLE', 'gpu', 1],
    ['an encoder that is not there', ['--model', 'gone'], 'FILE_NOT_FOUND', 'gone', 1],
    ['a place that is taken', ['--out', 'taken'], 'FILE_EXISTS', 'taken/products', 1],
  ] as [string, string[], string, string, number?][])('%s', async (_, args, code, says, exit = 2) => {
    if (args[1] === 'taken') {
      const { mkdirSync } = await import('node:fs');
      mkdirSync(join(folder, 'taken', 'products'), { recursive: true });
      writeFileSync(join(folder, 'taken', 'products', 'mine.txt'), 'x');
    }
    const ended = await run([...TINY, ...args]);
    expect(ended.stderr).toMatch(new RegExp(`^error ${code}: `, 'm'));
    expect(ended.stderr).toContain(says);
    expect(ended.stderr).toContain(`see docs/errors.md#${code.toLowerCase()}`);
    expect(ended.code).toBe(exit);
    expect(ended.stdout).toBe('');
  });

  it('--help names every option', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const flag of ['target', 'labels', 'seed', 'backend', 'model', 'out', 'json'])
      expect(stdout).toMatch(new RegExp(`^  --${flag} `, 'm'));
  });
});

import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { adapterfusion, eventsOf, scratch } from './process.spec.js';

const lack = process.env['AF_LARGE'] ? undefined : 'a data set of 300 MB: npm run test:large';
const STEPS = 100;
const WORDS = `the performance of cinematography direction screenplay was and wonderful dreadful characters throughout
  atmosphere soundtrack disappointing beautifully predictable entertaining audience nevertheless unfortunately remarkable
  conversation background production`.split(/\s+/);

/** Writes rows of about 1,080 bytes each, until the file is large enough. @returns their number */
function writeRows(path: string, bytes: number): number {
  const file = openSync(path, 'w');
  let [state, rows, written] = [1, 0, 0];
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  while (written < bytes) {
    const lines: string[] = [];
    for (let each = 0; each < 1000; each++) {
      // A word that no other row has, so that whatever is kept for every word would be seen.
      const words = [`item${(rows++).toString(36)}`];
      for (let word = 0; word < 100; word++) words.push(WORDS[next(WORDS.length)]!);
      lines.push(JSON.stringify({ text: words.join(' '), label: next(2) ? 'yes' : 'no' }));
    }
    written += writeSync(file, `${lines.join('\n')}\n`);
  }
  closeSync(file);
  return rows;
}

describe.skipIf(lack)(lack ?? 'a data set of 300 MB', { timeout: 3_600_000 }, () => {
  const folder = scratch();
  const peakFile = join(folder, 'peak');
  let backend = 'wasm';

  beforeAll(async () => {
    // Loaded before the command. The kernel's own mark where there is one: what getrusage says starts with the parent's.
    writeFileSync(
      join(folder, 'peak.mjs'),
      `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
      const status = '/proc/self/status';
      if (process.argv[1]?.endsWith('bin.js')) process.on('exit', () => {
        const mark = existsSync(status) && /VmHWM:\\s*(\\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1];
        writeFileSync(${JSON.stringify(peakFile)}, String(1024 * Number(mark || process.resourceUsage().maxRSS)));
      });`,
    );
    vi.stubEnv('NODE_OPTIONS', `--import=${pathToFileURL(join(folder, 'peak.mjs')).href}`);
    const nowhere = ['train', '--model', 'nowhere', '--data', 'nothing', '--out', 'nothing', '--backend', 'native'];
    const { stderr } = await adapterfusion(nowhere, folder);
    if (!stderr.includes('BACKEND_UNAVAILABLE')) backend = 'native';
  });
  afterAll(() => vi.unstubAllEnvs());

  /** Trains on the rows of a file, and is stopped after 100 steps. @returns the largest resident memory, in bytes */
  async function peakOf(name: string, rows: number): Promise<number> {
    mkdirSync(join(folder, name), { recursive: true });
    const started = performance.now();
    const ended = await adapterfusion(
      [
        ...[
          'train',
          '--model',
          '@adapterfusion/pocket',
          '--data',
          `${name}.jsonl`,
          '--text',
          'text',
          '--label',
          'label',
        ],
        ...['--backend', backend, '--cache', join(name, 'cache'), '--out', join(name, 'bundle'), '--no-validate'],
        ...['--batch-size', '4', '--max-length', '128', '--epochs', '1', '--checkpoint-every', '0', '--json'],
      ],
      folder,
      { signal: 'SIGINT', at: new RegExp(`"step":${STEPS},"steps"`) },
    );
    expect(ended, ended.stderr).toMatchObject({ code: 130, signal: null });
    const events = eventsOf(ended);
    expect(Number(events.find(({ type }) => type === 'data')?.['train'])).toBeCloseTo(
      rows - Math.min(rows / 10, 5000),
      -1,
    );
    expect(events.filter(({ type }) => type === 'step').length).toBeGreaterThanOrEqual(STEPS);
    const peak = Number(readFileSync(peakFile, 'utf8'));
    const bytes = statSync(join(folder, `${name}.jsonl`)).size;
    const words = [`${rows} rows`, `${mb(bytes)} MB`, `peak ${mb(peak)} MB`, `${seconds(started)} s`];
    console.info(`${backend}, ${name}: ${words.join(', ')}`);
    return peak;
  }

  it(`trains for ${STEPS} steps with less than 100 MB above what a small one takes`, async () => {
    const small = await peakOf('small', writeRows(join(folder, 'small.jsonl'), 2 ** 21));
    const large = await peakOf('large', writeRows(join(folder, 'large.jsonl'), 300 * 2 ** 20));
    console.info(`above the small one: ${mb(large - small)} MB`);
    expect(large - small).toBeLessThan(100e6);
  });
});

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(0);

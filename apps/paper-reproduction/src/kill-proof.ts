import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);

/** What {@link killProof} saw. */
export interface Proof {
  /** Where each kill fell: the line that was printed last, and how long after it. */
  readonly kills: readonly { readonly after: string; readonly milliseconds: number }[];
  /** The lines of `results.jsonl`, without times and memory, of the run that was left alone and of the one that was killed. */
  readonly alone: readonly unknown[];
  readonly killed: readonly unknown[];
}

/**
 * Runs an experiment undisturbed, and once more killed (SIGKILL) at seeded random moments and started again.
 * @param experiment the file
 * @param folder where both have their folders; it is empty
 * @param kills how often
 * @param workers how many do the runs of the one that is killed; the other has one
 */
export async function killProof(
  experiment: string,
  folder: string,
  kills: number,
  seed: number,
  workers = 1,
): Promise<Proof> {
  const whole = await run(experiment, join(folder, 'alone'), 1, Infinity, 0);
  const next = random(seed);
  const found: Proof['kills'][number][] = [];
  for (let ended = false; !ended;) {
    // After a random one of the lines that a tenth of the work prints, and a moment more: in a step, a write, a measurement.
    const dying = found.length < kills;
    const lines = dying ? 1 + Math.floor((next() * 1.4 * whole.lines) / kills) : Infinity;
    const milliseconds = Math.floor(next() * 40);
    const { last, code } = await run(experiment, join(folder, 'killed'), workers, lines, milliseconds);
    ended = code !== null;
    if (!ended) found.push({ after: last, milliseconds });
  }
  return { kills: found, alone: resultsOf(join(folder, 'alone')), killed: resultsOf(join(folder, 'killed')) };
}

/** Runs the command until it has printed so many lines of events, and some milliseconds more. */
async function run(
  experiment: string,
  out: string,
  workers: number,
  lines: number,
  milliseconds: number,
): Promise<{ lines: number; last: string; code: number | null }> {
  const bin = join(dirname(require.resolve('@adapterfusion/cli/package.json')), 'bin.js');
  const child = spawn(
    process.execPath,
    [bin, 'run', experiment, '--out', out, '--workers', String(workers), '--json'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  let [count, last] = [0, ''];
  for await (const line of createInterface(child.stdout)) {
    // How often progress is told depends on the clock.
    const { type, phase = '', step = '', label = '' } = JSON.parse(line) as Record<string, string>;
    if (type === 'progress') continue;
    count++;
    if (count <= lines) last = [type, phase, step, label].filter((word) => word !== '').join(' ');
    if (count === lines) setTimeout(() => child.kill('SIGKILL'), milliseconds);
  }
  const code = await ended;
  if (code !== null && code !== 0) throw new Error(`${experiment} ended with ${code}`);
  return { lines: count, last, code };
}

/** What another run of the same may have otherwise: times and memory. */
const MACHINE = { seconds: 0, memory: 0, millisecondsPerRow: 0 };

/** The lines of a folder's results, times and memory aside. */
function resultsOf(folder: string): unknown[] {
  const lines = readFileSync(join(folder, 'results.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => ({ ...(JSON.parse(line) as object), ...MACHINE }));
}

/** Numbers in [0, 1) from a seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

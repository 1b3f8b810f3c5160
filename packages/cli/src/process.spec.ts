import { fork, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const SHARED_PROCESS = fileURLToPath(new URL('../fixtures/shared-process.mjs', import.meta.url));

/** What a process of the command did. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** When to send which signal: as soon as the output holds the text. */
export interface Kill {
  readonly signal: NodeJS.Signals;
  readonly at: RegExp;
}

/** Without other packages than the project's: NODE_PATH may name a folder with Dawn. */
function environment(): NodeJS.ProcessEnv {
  if (!existsSync(BIN)) throw new Error('packages/cli is not built: run "npm run build"');
  const { DEBUG: _, NODE_PATH: _path, ...env } = process.env;
  return { HF_HUB_OFFLINE: '1', ...env };
}

/** Processes that run one command after another, by the backend that the first command opened. They end with this one. */
const shared = new Map<string, ChildProcess>();

/**
 * Runs a command in a process that earlier commands ran in, which saves the second that every process
 * needs for loading its modules. For commands that run to their end; one at a time.
 */
export async function adapterfusionShared(args: readonly string[], cwd: string): Promise<Ended> {
  const env = environment();
  const flag = args.lastIndexOf('--backend');
  const backend = flag < 0 ? 'auto' : (args[flag + 1] ?? '');
  let child = shared.get(backend);
  if (!child)
    shared.set(
      backend,
      (child = fork(SHARED_PROCESS, { env, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })),
    );
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void => {
      shared.delete(backend);
      reject(new Error(`the process of ${args.join(' ')} ended with ${code}`));
    };
    child.once('exit', died).once('message', (ended) => {
      child.off('exit', died);
      resolve({ signal: null, ...(ended as Omit<Ended, 'signal'>) });
    });
    child.send({ args, cwd, env });
  });
}

/** Runs the built command in a process of its own. */
export function adapterfusion(args: readonly string[], cwd: string, kill?: Kill): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  let sent = false;
  const maybeKill = (): void => {
    if (!kill || sent || !kill.at.test(output.stdout + output.stderr)) return;
    sent = true;
    child.kill(kill.signal);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    maybeKill();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
    maybeKill();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}

/** The events that a run with `--json` printed. */
export function eventsOf({ stdout }: Ended): { readonly [key: string]: unknown; readonly type: string }[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
}

/** SHA-256 of every file below a folder, by path; folders are listed with a slash. */
export function treeOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(folder, name);
    const key = relative(folder, path);
    if (statSync(path).isDirectory()) found[`${key}/`] = '';
    else found[key] = createHash('sha256').update(readFileSync(path)).digest('hex');
  }
  return found;
}

/** A folder of this file's own, removed after its tests. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

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

/** Runs the built command. */
export function adapterfusion(args: readonly string[], cwd: string, kill?: Kill): Promise<Ended> {
  if (!existsSync(BIN)) throw new Error('packages/cli is not built: run "npx tsc --build packages/cli"');
  // No packages but the project's: Dawn may lie elsewhere.
  const { DEBUG: _, NODE_PATH: _path, ...env } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { HF_HUB_OFFLINE: '1', ...env },
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

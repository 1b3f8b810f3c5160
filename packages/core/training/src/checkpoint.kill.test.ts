import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from 'vite';

const conditions = ['@adapterfusion/source', 'node', 'import', 'default'];
let root = '';

beforeAll(async () => {
  // Inside the repository, so that the bundle finds TensorFlow.js.
  const modules = fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url));
  mkdirSync(modules, { recursive: true });
  root = mkdtempSync(join(modules, 'training-kill-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions },
    ssr: { noExternal: [/^@adapterfusion\//], resolve: { conditions } },
    build: {
      ssr: fileURLToPath(new URL('../fixtures/killed-run.ts', import.meta.url)),
      outDir: root,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'run.mjs' } },
    },
  });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs until `die` says so of a line; then SIGKILL after `delay` milliseconds. @returns the lines printed */
async function run(folder: string, die: (line: string) => boolean, delay: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(root, 'run.mjs'), 'wasm', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  let dying = false;
  for await (const line of createInterface(child.stdout)) {
    if (/^(start|step|evaluation|checkpoint|done) /.test(line)) lines.push(line);
    if (dying || !die(line)) continue;
    dying = true;
    setTimeout(() => child.kill('SIGKILL'), delay);
  }
  await exited;
  return lines;
}

const contents = (folder: string): Map<string, string> =>
  new Map(
    readdirSync(folder)
      .filter((name) => !name.endsWith('.new'))
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );

it('killed at random moments and started again, it ends with the bytes of a run left alone', async () => {
  const alone = join(root, 'alone');
  const whole = await run(alone, () => false, 0);
  expect(whole.at(-1)).toMatch(/^done/);

  const killed = join(root, 'killed');
  let kills = 0;
  for (let round = 0, last = ''; !last.startsWith('done'); round++) {
    // After a random number of lines, and a random time more: in a step, in a validation, in a write.
    let left = Math.floor(Math.random() * 8);
    const die = () => round < 8 && left-- === 0;
    last = (await run(killed, die, Math.random() * 12)).at(-1) ?? '';
    if (!last.startsWith('done')) kills++;
    expect(round).toBeLessThan(12);
  }
  expect(kills).toBeGreaterThan(0);
  expect(contents(killed)).toEqual(contents(alone));
});

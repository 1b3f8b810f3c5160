import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from 'vite';
import { nodeFiles } from './index.js';

const files = nodeFiles();
const rounds = 25;
const size = 200_000;
let root = '';

/** Writes version after version of a file and of a folder of two files, each filled with the version's number; dies when told to. */
const writer = `
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { nodeFiles } from './files.mjs';
const files = nodeFiles();
const [root, start, between] = process.argv.slice(2);
const { rename } = fs;
if (between) fs.rename = async (from, to) => {
  await rename(from, to);
  if (to.endsWith('-old')) process.kill(process.pid, 'SIGKILL');
};
syncBuiltinESMExports();
for (let version = Number(start); ; version++) {
  const bytes = new Uint8Array(${size}).fill(version);
  await files.write(root + '/file', bytes);
  await files.writeFolder(root + '/folder', new Map([['a', bytes], ['b/c', bytes]]), { replace: true });
  process.stdout.write('.');
}`;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'files-node-kill-')));
  const entry = fileURLToPath(new URL('./index.ts', import.meta.url));
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@adapterfusion/source', 'node', 'import', 'default'] },
    ssr: { noExternal: true, resolve: { conditions: ['@adapterfusion/source', 'node', 'import', 'default'] } },
    build: { ssr: entry, outDir: root, emptyOutDir: false, rollupOptions: { output: { entryFileNames: 'files.mjs' } } },
  });
  writeFileSync(join(root, 'writer.mjs'), writer);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The version that a file holds. @throws when it is not whole */
async function version(path: string): Promise<number> {
  const bytes = await files.read(path);
  if (bytes.length !== size || bytes.some((byte) => byte !== bytes[0])) throw new Error(`${path} is not whole`);
  return bytes[0]!;
}

function start(...args: string[]) {
  return spawn(process.execPath, [join(root, 'writer.mjs'), root, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

it(`a process killed ${rounds} times at random moments leaves whole files and folders`, async () => {
  for (let round = 0; round < rounds; round++) {
    const child = start(String(round * 9));
    await once(child.stdout, 'data');
    const live = performance.now() + Math.random() * 40;
    while (performance.now() < live) await version(join(root, 'file'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await version(join(root, 'file'));
    expect(await version(join(root, 'folder', 'a'))).toBe(await version(join(root, 'folder', 'b', 'c')));
  }
  await files.write(join(root, 'last'), new Uint8Array(1));
  expect(readdirSync(root).sort()).toEqual(['file', 'files.mjs', 'folder', 'last', 'writer.mjs']);
});

it('a process killed between the two renames of a replacement leaves the old folder', async () => {
  rmSync(join(root, 'folder'), { recursive: true });
  const child = start('7', 'between');
  await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  expect(readdirSync(root)).not.toContain('folder');
  expect(await version(join(root, 'folder', 'b', 'c'))).toBe(7);
  await files.write(join(root, 'last'), new Uint8Array(1));
  expect(readdirSync(root).sort()).toEqual(['file', 'files.mjs', 'folder', 'last', 'writer.mjs']);
});

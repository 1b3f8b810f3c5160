import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { nodeFiles } from './index.js';

const root = mkdtempSync(join(tmpdir(), 'adapterfusion-lock-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const files = nodeFiles();
const at = (name: string): string => join(root, name);

it('a place is held by one, until it is released', async () => {
  const release = await files.lock!(at('new/lock'));
  await expect(files.lock!(at('new/lock'))).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  await expect(files.lock!(at('new/lock'))).rejects.toThrow(new RegExp(`process ${process.pid} on`));
  expect(readdirSync(at('new'))).toEqual(['lock']);
  await release();
  expect(existsSync(at('new/lock'))).toBe(false);
  await (
    await files.lock!(at('new/lock'))
  )();
});

it('a place whose process is gone is free, that of a living one or of another machine is not', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const write = (holder: object): void => writeFileSync(at('lock'), JSON.stringify(holder));
  for (const gone of [pid, process.pid]) {
    write({ process: gone, host: hostname() });
    await (
      await files.lock!(at('lock'))
    )();
  }
  write({ process: process.ppid, host: hostname() });
  await expect(files.lock!(at('lock'))).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  write({ process: pid, host: 'elsewhere' });
  await expect(files.lock!(at('lock'))).rejects.toThrow(/on elsewhere/);
  writeFileSync(at('lock'), '{');
  await expect(files.lock!(at('lock'))).rejects.toThrow(/remove this file/);
});

it('bytes are added at the end of a file', async () => {
  for (const text of ['one\n', 'two\n']) await files.append!(at('log/lines'), new TextEncoder().encode(text));
  expect(readFileSync(at('log/lines'), 'utf8')).toBe('one\ntwo\n');
  await expect(files.append!(root, new Uint8Array(1))).rejects.toMatchObject({ code: 'FILE_WRITE_FAILED' });
});

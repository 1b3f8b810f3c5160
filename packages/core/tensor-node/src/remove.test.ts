import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { installations, nativeCache } from './cache.js';
import { layInstallation } from './installation.spec.js';
import { removeNative } from './remove.js';

let cache: string;
beforeEach(async () => {
  vi.stubEnv('ADAPTERFUSION_CACHE', await mkdtemp(join(tmpdir(), 'adapterfusion-remove-')));
  cache = nativeCache();
});
afterEach(async () => {
  await rm(process.env['ADAPTERFUSION_CACHE']!, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

it('removes every installation and what killed ones left, and nothing else', async () => {
  const folder = await layInstallation(cache, '2.21.0', 'cpu');
  await layInstallation(cache, '2.20.0', 'cuda');
  await writeFile(join(folder, 'large'), new Uint8Array(5000));
  const { pid } = spawnSync('true');
  for (const name of [`.installing-${pid}-abc`, `.installing-${process.pid}-abc`, `.removing-${pid}-old`, 'mine'])
    await mkdir(join(cache, name));
  const removed = await removeNative();
  expect(removed).toHaveLength(4);
  expect(removed.find((each) => each.folder === folder)!.bytes).toBeGreaterThan(5000);
  expect(await readdir(cache)).toEqual([`.installing-${process.pid}-abc`, 'mine']);
  expect(await removeNative()).toEqual([]);
});

it('removes one kind', async () => {
  const cpu = await layInstallation(cache, '2.21.0', 'cpu');
  const cuda = await layInstallation(cache, '2.21.0', 'cuda');
  expect((await removeNative({ kind: 'cuda' })).map(({ folder }) => folder)).toEqual([cuda]);
  expect((await installations('cpu')).map(({ folder }) => folder)).toEqual([cpu]);
  expect((await removeNative({ kind: 'cpu' })).map(({ folder }) => folder)).toEqual([cpu]);
});

it('has nothing to do where there is no cache', async () => {
  expect(await removeNative()).toEqual([]);
});

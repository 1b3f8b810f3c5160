import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { dawnProvider } from './dawn-provider.js';
import { vulkanDrivers, vulkanLack } from './vulkan.js';

const cwd = process.cwd();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapterfusion-vulkan-'));
});
afterEach(async () => {
  process.chdir(cwd);
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('lists the drivers that Vulkan would find', async () => {
  await mkdir(join(folder, 'vulkan', 'icd.d'), { recursive: true });
  const file = join(folder, 'vulkan', 'icd.d', 'lvp_icd.json');
  await writeFile(file, '{}');
  const env = { XDG_DATA_DIRS: folder, XDG_DATA_HOME: join(folder, 'none') };
  expect(await vulkanDrivers(env)).toContain(file);
  const gone = join(folder, 'gone.json');
  expect(await vulkanDrivers({ ...env, VK_ICD_FILENAMES: `${file}:${gone}` })).toEqual([file]);
  expect(await vulkanDrivers({ ...env, VK_DRIVER_FILES: gone, VK_ICD_FILENAMES: file })).toEqual([]);
});

it.skipIf(process.platform !== 'linux')('says what is missing, and what to install', async () => {
  vi.stubEnv('VK_ICD_FILENAMES', join(folder, 'gone.json'));
  vi.stubEnv('VK_DRIVER_FILES', '');
  vi.stubEnv('LD_LIBRARY_PATH', folder);
  expect((await vulkanLack())?.fix).toContain('mesa-vulkan-drivers');
  await writeFile(join(folder, 'libvulkan.so.1'), '');
  expect(await vulkanLack()).toMatchObject({ reason: 'Vulkan has no driver here (no icd.d/*.json)' });
  await writeFile(join(folder, 'gone.json'), '{}');
  expect(await vulkanLack()).toBeUndefined();
});

/** Whether the package lies beside this one, or where NODE_PATH says. */
function installed(): boolean {
  try {
    return createRequire(import.meta.url).resolve('webgpu') !== '';
  } catch {
    return false;
  }
}

it('names the package first, then one that does not load', async () => {
  vi.stubEnv('VK_ICD_FILENAMES', '');
  process.chdir(folder);
  if (!installed())
    expect(await dawnProvider.missing()).toEqual({
      reason: 'the package "webgpu" is not installed in this project',
      fix: 'Run: npm install webgpu',
    });
  const own = join(folder, 'node_modules', 'webgpu');
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'package.json'), '{ "name": "webgpu", "type": "module", "main": "index.js" }');
  await writeFile(join(own, 'index.js'), 'throw new Error("GLIBC_2.34 not found");');
  await writeFile(join(folder, 'libvulkan.so.1'), '');
  await writeFile(join(folder, 'icd.json'), '{}');
  vi.stubEnv('LD_LIBRARY_PATH', folder);
  vi.stubEnv('VK_ICD_FILENAMES', join(folder, 'icd.json'));
  expect(await dawnProvider.missing()).toEqual({
    reason: 'the package "webgpu" does not load: GLIBC_2.34 not found',
    fix: expect.stringContaining('glibc 2.34') as string,
  });
});

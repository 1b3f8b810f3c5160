import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cudaProvider } from './cuda-provider.js';
import { driverLack, kernelDriver, parseCards } from './nvidia-driver.js';

it('reads what nvidia-smi prints, and passes over what is no card', () => {
  expect(parseCards('NVIDIA H100 80GB HBM3, 81559, 550.54.15\nTesla T4, 15360, 550.54.15\n')).toEqual([
    { name: 'NVIDIA H100 80GB HBM3', memory: 81559 * 2 ** 20, driver: '550.54.15' },
    { name: 'Tesla T4', memory: 15360 * 2 ** 20, driver: '550.54.15' },
  ]);
  expect(parseCards('NVIDIA-SMI has failed because it could not communicate with the driver\n')).toEqual([]);
  expect(parseCards('NVIDIA GB10, [N/A], 580.95\n')).toEqual([]);
});

it('reads the version of the driver that the kernel has', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'adapterfusion-driver-'));
  const line = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n';
  await writeFile(join(folder, 'version'), line);
  expect(await kernelDriver(folder)).toBe('550.54.15');
  await rm(folder, { recursive: true });
  expect(await kernelDriver(folder)).toBeUndefined();
});

it('says that the environment hides every GPU', async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  for (const hidden of ['', '-1'])
    expect((await driverLack({ CUDA_VISIBLE_DEVICES: hidden }))?.reason).toContain('CUDA_VISIBLE_DEVICES');
});

it('is why the backend cuda is refused without a driver', async ({ skip }) => {
  const lack = await driverLack();
  if (!lack) skip('a driver is here');
  expect(await cudaProvider.missing()).toEqual(lack);
  expect(lack!.fix).toMatch(/driver|Linux|native/);
});

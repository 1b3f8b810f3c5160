import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './command.js';

/** A graphics card, as NVIDIA's driver tells. */
export interface Card {
  readonly name: string;
  /** Bytes. */
  readonly memory: number;
  readonly driver: string;
}

/** Why CUDA cannot run here, as far as can be seen without loading it; undefined where it may. */
export async function driverLack(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ reason: string; fix: string } | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return {
      reason: `CUDA needs Linux on x64, this is ${process.platform} on ${process.arch}`,
      fix: `U${OTHERS.slice(1)}`,
    };
  const visible = env['CUDA_VISIBLE_DEVICES'];
  if (visible === '' || visible === '-1')
    return { reason: `CUDA_VISIBLE_DEVICES="${visible}" hides every GPU`, fix: 'Unset CUDA_VISIBLE_DEVICES.' };
  if (!(await hasDriver()))
    return {
      reason: 'no driver of an NVIDIA GPU is loaded (no /proc/driver/nvidia, no /dev/nvidiactl, no WSL driver)',
      fix: `Install NVIDIA's driver, 525 or newer, and in a container pass the GPU through; without one: ${OTHERS}`,
    };
  return undefined;
}

const OTHERS = 'use the backend "native" or "wasm".';

async function hasDriver(): Promise<boolean> {
  if (existsSync('/dev/nvidiactl') || existsSync('/usr/lib/wsl/lib/libcuda.so.1')) return true;
  return (await readdir('/proc/driver/nvidia/gpus').catch(() => [])).length > 0;
}

/** The cards of this machine, in the order that CUDA counts them; none where nvidia-smi does not tell. */
export async function cards(): Promise<Card[]> {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits'];
  const ran = await command('nvidia-smi', query, { env: { CUDA_DEVICE_ORDER: 'PCI_BUS_ID' } });
  return ran.code === 0 ? parseCards(ran.stdout) : [];
}

/** Reads what nvidia-smi prints. */
export function parseCards(output: string): Card[] {
  return output.split('\n').flatMap((line) => {
    const [name, mebibytes, driver] = line.split(',').map((cell) => cell.trim());
    if (!name || !driver || !(Number(mebibytes) > 0)) return [];
    return [{ name, memory: Number(mebibytes) * 2 ** 20, driver }];
  });
}

/** Version of the driver that the kernel has, or undefined. */
export async function kernelDriver(folder = '/proc/driver/nvidia'): Promise<string | undefined> {
  const text = await readFile(join(folder, 'version'), 'utf8').catch(() => '');
  return /Kernel Module[^\d]*([\d.]+)/.exec(text)?.[1];
}

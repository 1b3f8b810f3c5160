import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { BackendProvider } from '@adapterfusion/tensor';
import { nativeBinding } from './binding.js';
import { installations, nativeCache } from './cache.js';
import { openKernels, type KernelLevel } from './kernel-library.js';
import { registerLibraryKernels, registerNativeKernels } from './kernels.js';
import { packageFolder } from './layout.js';
import { loadAddon } from './load.js';
import { projectAddon } from './project-addon.js';

/** What our own operations in use are compiled for. */
let kernels: KernelLevel | undefined;

const ADDON = '@tensorflow/tfjs-node';

/**
 * The native backend: TensorFlow on this machine's processor. Hand it to `provideBackend` of `@adapterfusion/tensor`. It
 * opens the newest installation that {@link installNative} made, else a `@tensorflow/tfjs-node` of the current project
 * whose addon is built.
 */
export const nativeProvider: BackendProvider = {
  name: 'native',
  tfjsName: 'tensorflow',
  missing: async () => {
    if ((await find()).folder !== undefined) return undefined;
    const { reason } = await projectAddon(ADDON);
    return {
      reason: `no installation in ${nativeCache()}, and ${reason}`,
      fix: 'Run: npx adapterfusion native install',
    };
  },
  register: async () => {
    const { folder } = await find();
    if (folder === undefined) return;
    loadAddon(folder, ADDON).register();
    registerNativeKernels();
    kernels = openKernels(folder, intraOpThreads());
    if (kernels) registerLibraryKernels(kernels);
  },
  describe: () => {
    const cores = schedulable();
    return Promise.resolve({
      device: `CPU, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
      // A run goes on only with the same kernels: their sums are taken in another order.
      version: nativeBinding().TF_Version + (kernels ? `+${kernels}` : ''),
      threads: intraOpThreads(cores),
      memory: machineMemory(),
    });
  },
};

async function find(): Promise<{ folder?: string }> {
  const [newest] = await installations('cpu');
  return newest ? { folder: packageFolder(newest.folder) } : projectAddon(ADDON);
}

/** TensorFlow's own rule: `TF_NUM_INTRAOP_THREADS`, else one for every core that this process may run on. */
export function intraOpThreads(cores = schedulable()): number {
  const asked = Number.parseInt(process.env['TF_NUM_INTRAOP_THREADS'] ?? '', 10);
  return asked > 0 ? asked : cores;
}

/** Cores that this process may run on, as the kernel says; Node's own number also counts the limits of a container. */
function schedulable(): number {
  try {
    const mask = /^Cpus_allowed:\s*([0-9a-f,]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    const bits = [...mask.replaceAll(',', '')].map((digit) => Number.parseInt(digit, 16).toString(2)).join('');
    return bits.replaceAll('0', '').length || availableParallelism();
  } catch {
    return availableParallelism();
  }
}

/** Bytes that this process may use: of the machine, or of its container where that has less. */
export function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

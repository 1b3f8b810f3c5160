import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { BackendProvider } from '@adapterfusion/tensor';
import { nativeBinding } from './binding.js';
import { packageFolder } from './build.js';
import { installations, nativeCache } from './cache.js';
import { registerNativeKernels } from './kernels.js';
import { loadAddon } from './load.js';
import { projectAddon } from './project-addon.js';

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
    const { reason } = await projectAddon();
    return {
      reason: `no installation in ${nativeCache()}, and ${reason}`,
      fix: 'Run: npx adapterfusion native install',
    };
  },
  register: async () => {
    const { folder } = await find();
    if (folder === undefined) return;
    loadAddon(folder);
    registerNativeKernels();
  },
  describe: () => {
    const cores = schedulable();
    return Promise.resolve({
      device: `CPU, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
      version: nativeBinding().TF_Version,
      threads: intraOpThreads(cores),
    });
  },
};

async function find(): Promise<{ folder?: string }> {
  const [newest] = await installations();
  return newest ? { folder: packageFolder(newest.folder) } : projectAddon();
}

/** TensorFlow's own rule: `TF_NUM_INTRAOP_THREADS`, else one for every core that this process may run on. */
function intraOpThreads(cores: number): number {
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

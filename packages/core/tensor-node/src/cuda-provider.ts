import { AdapterFusionError } from '@adapterfusion/contracts';
import type { BackendProvider } from '@adapterfusion/tensor';
import { nativeBinding } from './binding.js';
import { installations, nativeCache } from './cache.js';
import { registerNativeKernels } from './kernels.js';
import { nvidiaFolder, packageFolder } from './layout.js';
import { loadAddon } from './load.js';
import { cards, driverLack, kernelDriver } from './nvidia-driver.js';
import { projectAddon } from './project-addon.js';
import { intraOpThreads } from './provider.js';

const ADDON = '@tensorflow/tfjs-node-gpu';
const INSTALL = 'Run: npx adapterfusion native install --gpu';

/**
 * The backend `cuda`: TensorFlow on an NVIDIA GPU. It is open only where TensorFlow itself lists a GPU. Products of
 * float32 use TF32 where the GPU has it; `NVIDIA_TF32_OVERRIDE=0` in the environment turns that off.
 */
export const cudaProvider: BackendProvider = {
  name: 'cuda',
  tfjsName: 'tensorflow',
  missing: async () => {
    const lack = await driverLack();
    if (lack) return lack;
    if ((await find()).folder !== undefined) return undefined;
    const { reason } = await projectAddon(ADDON);
    return { reason: `no installation for CUDA in ${nativeCache()}, and ${reason}`, fix: INSTALL };
  },
  register: async () => {
    const { folder } = await find();
    if (folder === undefined) return;
    // Otherwise TensorFlow takes all of the GPU's memory at once.
    process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
    const { binding, register } = loadAddon(folder, ADDON);
    if (!binding.isUsingGpuDevice()) throw await noGpu(binding.TF_Version, folder);
    register();
    registerNativeKernels();
  },
  describe: async () => {
    const all = await cards();
    // TensorFlow counts those that are visible to it; the addon takes the last one.
    const visible = process.env['CUDA_VISIBLE_DEVICES']?.split(',').map(Number) ?? [];
    const card = all[visible.at(-1) ?? all.length - 1];
    const tf32 = process.env['NVIDIA_TF32_OVERRIDE'] === '0' ? 'TF32 off' : 'TF32 on where it has it';
    return {
      device: `${card ? `${card.name}, driver ${card.driver}` : 'NVIDIA GPU'}, ${tf32}`,
      version: nativeBinding().TF_Version,
      threads: intraOpThreads(),
      ...(card ? { memory: card.memory } : {}),
    };
  },
};

async function find(): Promise<{ folder?: string }> {
  const [newest] = await installations('cuda');
  return newest ? { folder: packageFolder(newest.folder) } : projectAddon(ADDON);
}

async function noGpu(version: string, folder: string): Promise<AdapterFusionError> {
  const driver = await kernelDriver();
  return new AdapterFusionError('BACKEND_UNAVAILABLE', {
    at: 'cuda',
    expected: 'a GPU among the devices that TensorFlow lists',
    got: `none: TensorFlow ${version} with the libraries in ${nvidiaFolder(folder)}, ${driver ? `driver ${driver}` : 'no driver of the kernel'}`,
    fix: 'TF_CPP_MIN_LOG_LEVEL=0 in the environment makes TensorFlow say why. Update the driver, or use "native".',
  });
}

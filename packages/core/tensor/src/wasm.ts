import type { BackendProvider } from './backend.js';
import { tf } from './tfjs.js';
import { useWasmKernels } from './wasm-kernels.js';

/** The most that the package's WebAssembly memory grows to. */
const MEMORY = 4 * 2 ** 30;

/** WebAssembly: there on every platform. Bundlers find its binaries by these references and copy them. */
export const wasmProvider: BackendProvider = {
  name: 'wasm',
  tfjsName: 'wasm',
  missing: () => Promise.resolve(undefined),
  register: async () => {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    // In Node the package finds its binaries by itself.
    if (tf.env().get('IS_NODE') !== true)
      wasm.setWasmPaths({
        'tfjs-backend-wasm.wasm': new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url)
          .href,
        'tfjs-backend-wasm-simd.wasm': new URL(
          '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
          import.meta.url,
        ).href,
        'tfjs-backend-wasm-threaded-simd.wasm': new URL(
          '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
          import.meta.url,
        ).href,
      });
    if (await tf.setBackend('wasm')) await useWasmKernels();
  },
  describe: async () => {
    const threads = (await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT')) ? await threadsUsed() : 1;
    const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    return { device: `WebAssembly${simd ? ' SIMD' : ''}`, version: tf.version_core, threads, memory: MEMORY };
  },
};

async function threadsUsed(): Promise<number> {
  const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  return getThreadsCount();
}

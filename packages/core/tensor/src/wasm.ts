import type { BackendProvider } from './backend.js';
import { tf } from './tfjs.js';

/**
 * WebAssembly: there on every platform. Bundlers find its binaries by these references and copy them. One thread: the
 * package's threaded build waits for ever for its workers when its code was bundled.
 */
export const wasmProvider: BackendProvider = {
  name: 'wasm',
  tfjsName: 'wasm',
  missing: () => Promise.resolve(undefined),
  register: async () => {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    // In Node the package finds its binaries by itself.
    if (tf.env().get('IS_NODE') !== true) {
      const plain = new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url);
      const simd = new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url);
      wasm.setWasmPaths({
        'tfjs-backend-wasm.wasm': plain.href,
        'tfjs-backend-wasm-simd.wasm': simd.href,
        // Asked for, never loaded.
        'tfjs-backend-wasm-threaded-simd.wasm': simd.href,
      });
    }
    // Imported here, so that a page with another backend does without.
    if (await tf.setBackend('wasm')) await (await import('./wasm-kernels.js')).useWasmKernels();
  },
  describe: async () => {
    const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
    return { device: `WebAssembly${simd ? ' SIMD' : ''}`, version: tf.version_core, threads: 1, memory: 2 ** 32 };
  },
};

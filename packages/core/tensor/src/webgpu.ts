import { AdapterFusionError } from '@adapterfusion/contracts';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { BackendProvider, UnavailableReason } from './backend.js';
import { unwatchDevice, watchDevice } from './device-watch.js';
import { tf } from './tfjs.js';

/** Where WebGPU comes from: a browser's `navigator.gpu`, or what a package brings to Node. */
export interface WebgpuHost {
  /** The entry point of WebGPU, once it can be had. */
  gpu(): Promise<{ requestAdapter(options?: object): Promise<unknown> } | undefined>;
  /** Why there is none, and what would provide it. */
  missing(): UnavailableReason;
}

const browser: WebgpuHost = {
  gpu: async () => (globalThis.navigator as Partial<Navigator> | undefined)?.gpu,
  missing: () =>
    globalThis.isSecureContext === false
      ? { reason: 'this page is not secure, which WebGPU needs', fix: 'Serve it over https, or from localhost.' }
      : {
          reason: 'no WebGPU here (navigator.gpu is missing)',
          fix: 'Use a browser with WebGPU switched on (Chrome, Edge, Safari 26, Firefox 141), or the backend "wasm".',
        },
};

/** What tfjs's kernels need more of than every device gives, so that it has to be asked for. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const;

/**
 * The backend `webgpu`. Faults of the device, which TensorFlow.js only prints, become errors: `BACKEND_FAILED` for a
 * kernel that the device refuses, `BACKEND_LIMIT` for a tensor larger than it takes, `BACKEND_LOST` when it is gone.
 * @param host where WebGPU comes from; by default the browser
 */
export function webgpuProvider(host: WebgpuHost = browser): BackendProvider {
  let info: GPUAdapterInfo | undefined;
  let device: GPUDevice | undefined;
  const adapterOf = async (): Promise<GPUAdapter | undefined> =>
    ((await (await host.gpu())?.requestAdapter({ powerPreference: 'high-performance' })) as GPUAdapter | null) ??
    undefined;
  return {
    name: 'webgpu',
    tfjsName: 'webgpu',
    missing: async () => {
      if (!(await host.gpu())) return host.missing();
      if (await adapterOf()) return undefined;
      return {
        reason: 'WebGPU is there but offers no adapter',
        fix: 'Switch on hardware acceleration, or update the driver of the graphics card; or use the backend "wasm".',
      };
    },
    register: async () => {
      const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
      // Imported here, so that a page with another backend does without.
      const { registerWebgpuKernels } = await import('./webgpu-kernels.js');
      registerWebgpuKernels();
      tf.removeBackend('webgpu');
      const adapter = (await adapterOf())!;
      const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
      device = await adapter.requestDevice({ requiredLimits });
      info = adapter.info;
      const backend = new WebGPUBackend(device, adapter.info);
      guard(backend, watchDevice(device));
      tf.registerBackend('webgpu', () => backend);
    },
    describe: () => {
      const words = info ? [info.vendor, info.architecture, info.description].filter((word) => word !== '') : [];
      const { maxBufferSize = 0, maxStorageBufferBindingSize = 0 } = device?.limits ?? {};
      const largestTensor = Math.min(maxBufferSize, maxStorageBufferBindingSize);
      return Promise.resolve({
        device: words.join(' ') || 'GPU',
        version: tf.version_core,
        threads: 1,
        largestTensor,
      });
    },
    close: () => {
      unwatchDevice();
      device?.destroy();
      device = undefined;
    },
  };
}

/** Every operation asks for memory first: a faulty device and a tensor that it cannot hold are refused there. */
function guard(backend: WebGPUBackend, check: (bytes: number, what: () => string) => void): void {
  const upload = backend.uploadToGPU.bind(backend);
  backend.uploadToGPU = (id) => {
    const { shape, dtype, resource } = backend.tensorMap.get(id);
    if (resource) return;
    check(tf.util.sizeFromShape(shape) * 4, () => `a tensor [${shape.join(', ')}] of ${dtype}`);
    try {
      upload(id);
    } catch (cause) {
      if (AdapterFusionError.is(cause)) throw cause;
      throw new AdapterFusionError('BACKEND_FAILED', {
        at: 'webgpu',
        expected: `memory for a tensor [${shape.join(', ')}]`,
        got: cause instanceof Error ? cause.message : String(cause),
        fix: 'Use smaller batches or the backend "wasm".',
        cause,
      });
    }
  };
}

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { tf } from '@adapterfusion/tensor/tfjs';
import type { NativeBinding } from './binding.js';
import { addonFile, muteFile } from './layout.js';
import { restoreUtil } from './old-util.js';

interface BackendModule {
  readonly NodeJSKernelBackend: new (binding: object, packageName: string) => InstanceType<typeof tf.KernelBackend>;
}

/**
 * Loads the addon's kernels and its binary from a package folder. The package's index.js is left out: it asks for its
 * build tools, and switches to its backend by itself. An installation of ours finds TensorFlow.js through the bridge
 * that stands in it.
 * @returns its interface, and what registers it with the one TensorFlow.js of this process as the backend `tensorflow`
 */
export function loadAddon(tfjsNode: string, packageName: string): { binding: NativeBinding; register(): void } {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  restoreUtil();
  const bridge = Symbol.for('adapterfusion.tfjs');
  const globals = globalThis as { [bridge]?: unknown };
  globals[bridge] ??= 'default' in tf ? tf.default : tf;
  const require = createRequire(join(tfjsNode, 'package.json'));
  const binding = quietly(tfjsNode, () => require(addonFile(tfjsNode)) as NativeBinding);
  const register = (): void => {
    require('./dist/register_all_kernels.js');
    const { NodeJSKernelBackend } = require('./dist/nodejs_kernel_backend.js') as BackendModule;
    tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, packageName), 3);
  };
  return { binding, register };
}

/** Does something that TensorFlow would comment on before it can be told to be quiet. */
function quietly<T>(tfjsNode: string, load: () => T): T {
  if (Number(process.env['TF_CPP_MIN_LOG_LEVEL']) < 1 || !existsSync(muteFile(tfjsNode))) return load();
  const mute = createRequire(import.meta.url)(muteFile(tfjsNode)) as (on: boolean) => void;
  mute(true);
  try {
    return load();
  } finally {
    mute(false);
  }
}

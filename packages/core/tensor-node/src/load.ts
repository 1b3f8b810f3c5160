import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import { tf } from '@adapterfusion/tensor/tfjs';
import { addonFile, muteFile } from './build.js';

interface BackendModule {
  readonly NodeJSKernelBackend: new (binding: object, packageName: string) => InstanceType<typeof tf.KernelBackend>;
}

/**
 * Loads the addon's kernels and its binary from a package folder and registers the backend `tensorflow` with the one
 * TensorFlow.js of this process. The package's index.js is left out: it asks for its build tools, and switches to its
 * backend by itself. An installation of ours finds TensorFlow.js through the bridge that stands in it.
 */
export function loadAddon(tfjsNode: string): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  restoreUtil();
  const bridge = Symbol.for('adapterfusion.tfjs');
  const globals = globalThis as { [bridge]?: unknown };
  globals[bridge] ??= 'default' in tf ? tf.default : tf;
  const require = createRequire(join(tfjsNode, 'package.json'));
  const addon = quietly(tfjsNode, () => require(addonFile(tfjsNode)) as object);
  require('./dist/register_all_kernels.js');
  const { NodeJSKernelBackend } = require('./dist/nodejs_kernel_backend.js') as BackendModule;
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(addon, '@tensorflow/tfjs-node'), 3);
}

/** tfjs-node 4.22.0 calls two functions that Node 23 removed. */
function restoreUtil(): void {
  const old = util as unknown as Record<string, unknown>;
  old['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  old['isArray'] ??= Array.isArray;
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

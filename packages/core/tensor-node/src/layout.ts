import { join } from 'node:path';

/** Node-API version the addon is compiled for: every Node from 18 on loads it. */
export const NAPI = 8;

/** Where an installation's folder has the addon's package. */
export function packageFolder(folder: string): string {
  return join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
}

/** Where the package has its binary. */
export function addonFile(tfjsNode: string): string {
  return join(tfjsNode, 'lib', `napi-v${NAPI}`, 'tfjs_binding.node');
}

/** Where an installation of ours has the addon that mutes the other while it loads. */
export function muteFile(tfjsNode: string): string {
  return join(tfjsNode, 'lib', `napi-v${NAPI}`, 'mute.node');
}

/** Where the package has TensorFlow's libraries. */
export function libraryFolder(tfjsNode: string): string {
  return join(tfjsNode, 'deps', 'lib');
}

/**
 * Where an installation for CUDA has NVIDIA's libraries, each package with its `lib`: TensorFlow's libraries look for
 * them at `../nvidia`.
 */
export function nvidiaFolder(tfjsNode: string): string {
  return join(tfjsNode, 'deps', 'nvidia');
}

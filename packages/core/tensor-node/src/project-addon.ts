import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { addonFile, packageVersion } from './build.js';
import { TFJS_NODE_VERSION } from './cache.js';
import { tfjsFile } from './verify.js';

/**
 * Looks for a usable `@tensorflow/tfjs-node` in the project of the working directory.
 * @returns its folder, or why there is none; it is usable when it has the version that everything here is made for, a
 * binary, and the same copy of TensorFlow.js as this process
 */
export async function projectAddon(): Promise<{ folder?: string; reason: string }> {
  const require = createRequire(join(process.cwd(), 'package.json'));
  let folder: string;
  try {
    folder = dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
  } catch {
    return { reason: 'no @tensorflow/tfjs-node in this project' };
  }
  const version = await packageVersion(folder);
  if (version !== TFJS_NODE_VERSION)
    return { reason: `its @tensorflow/tfjs-node is ${version}, not ${TFJS_NODE_VERSION}` };
  if (!existsSync(addonFile(folder))) return { reason: 'the addon of its @tensorflow/tfjs-node is not built' };
  if (createRequire(join(folder, 'package.json')).resolve('@tensorflow/tfjs') !== tfjsFile())
    return { reason: 'its @tensorflow/tfjs-node uses another copy of @tensorflow/tfjs' };
  return { folder, reason: 'found' };
}

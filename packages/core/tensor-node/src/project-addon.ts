import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { addonFile, packageVersion } from './build.js';
import { TFJS_NODE_VERSION } from './cache.js';
import { tfjsFile } from './verify.js';

const ADDON = '@tensorflow/tfjs-node';

/**
 * Looks for a usable `@tensorflow/tfjs-node` in the project of the working directory.
 * @returns its folder, or why there is none; it is usable when it has the version that everything here is made for, a
 * binary, and the same copy of TensorFlow.js as this process
 */
export async function projectAddon(): Promise<{ folder?: string; reason: string }> {
  const manifest = resolved(join(process.cwd(), 'package.json'), `${ADDON}/package.json`);
  if (manifest === undefined) return { reason: `no ${ADDON} in this project` };
  const folder = dirname(manifest);
  const version = await packageVersion(folder);
  if (version !== TFJS_NODE_VERSION)
    return { reason: `its @tensorflow/tfjs-node is ${version}, not ${TFJS_NODE_VERSION}` };
  if (!existsSync(addonFile(folder))) return { reason: 'the addon of its @tensorflow/tfjs-node is not built' };
  const tfjs = resolved(join(folder, 'package.json'), '@tensorflow/tfjs');
  if (tfjs === undefined) return { reason: 'its @tensorflow/tfjs-node has no @tensorflow/tfjs beside it' };
  if (tfjs !== tfjsFile()) return { reason: 'its @tensorflow/tfjs-node uses another copy of @tensorflow/tfjs' };
  return { folder, reason: 'found' };
}

/** The file that a module gets when it requires `name`. */
function resolved(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageVersion } from './build.js';
import { addonFile } from './layout.js';
import { TFJS_NODE_VERSION } from './cache.js';
import { tfjsFile } from './verify.js';

/**
 * Looks for a usable addon in the project of the working directory.
 * @param name `@tensorflow/tfjs-node` or `@tensorflow/tfjs-node-gpu`
 * @returns its folder, or why there is none; it is usable when it has the version that everything here is made for, a
 * binary, and the same copy of TensorFlow.js as this process
 */
export async function projectAddon(name: string): Promise<{ folder?: string; reason: string }> {
  const manifest = resolved(join(process.cwd(), 'package.json'), `${name}/package.json`);
  if (manifest === undefined) return { reason: `no ${name} in this project` };
  const folder = dirname(manifest);
  const version = await packageVersion(folder);
  if (version !== TFJS_NODE_VERSION) return { reason: `its ${name} is ${version}, not ${TFJS_NODE_VERSION}` };
  if (!existsSync(addonFile(folder))) return { reason: `the addon of its ${name} is not built` };
  const tfjs = resolved(join(folder, 'package.json'), '@tensorflow/tfjs');
  if (tfjs === undefined) return { reason: `its ${name} has no @tensorflow/tfjs beside it` };
  if (tfjs !== tfjsFile()) return { reason: `its ${name} uses another copy of @tensorflow/tfjs` };
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

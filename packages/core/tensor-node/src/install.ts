import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { buildAddon, layBridge } from './build.js';
import { folderName, installation, MARK, nativeCache, TFJS_NODE_VERSION } from './cache.js';
import { fetchPackages } from './fetch-packages.js';
import { installFailed, spaceOr } from './install-error.js';
import { copyFolder, inspectFolder } from './tensorflow-folder.js';
import { MACHINES, TENSORFLOW_VERSION } from './tensorflow.js';
import { findTools } from './tools.js';
import { verifyInstallation } from './verify.js';
import { downloadWheel, extractWheel, inspectWheel } from './wheel.js';
import { workFolder } from './work-folder.js';

/** A step of the installation, for a line of output. */
export interface InstallStep {
  /** Counted from 1. */
  readonly step: number;
  readonly of: number;
  readonly message: string;
}

/** Settings of {@link installNative}. */
export interface InstallOptions {
  /** Called as each step begins. */
  readonly onStep?: (step: InstallStep) => void;
  /** A wheel of tensorflow-cpu or tensorflow on this machine; otherwise one is downloaded with pip. */
  readonly wheel?: string;
  /** The folder of a TensorFlow that is installed for Python; its libraries are copied. */
  readonly tensorflow?: string;
  readonly signal?: AbortSignal;
}

/** What was installed. */
export interface NativeInfo {
  readonly folder: string;
  /** Version of the TensorFlow library. */
  readonly tensorflow: string;
  /** Version of `@tensorflow/tfjs-node`. */
  readonly tfjsNode: string;
  /** True when a finished installation was there before. */
  readonly already: boolean;
}

const STEPS = 6;

/**
 * Builds the addon of `@tensorflow/tfjs-node` against a current TensorFlow, without that package's own download, into
 * {@link nativeCache}; about 850 MB. Everything is built beside its place and renamed at the end, so that an
 * installation is there whole or not at all. One that is finished is kept as it is.
 * @throws NATIVE_INSTALL_FAILED with what was missing and what to do; ABORTED
 */
export async function installNative(options: InstallOptions = {}): Promise<NativeInfo> {
  const { signal } = options;
  if (options.wheel !== undefined && options.tensorflow !== undefined)
    throw new TypeError('give a wheel or a folder, not both');
  if (process.platform !== 'linux' || MACHINES[process.arch] === undefined)
    throw installFailed(
      'Linux on x64 or arm64',
      `${process.platform} ${process.arch}`,
      'Use the wasm backend, which runs everywhere.',
    );
  const cache = nativeCache();
  if (/[\s'"$#]/.test(cache))
    throw installFailed(
      'a cache folder without spaces or quotes in its path, which make cannot build in',
      cache,
      'Set ADAPTERFUSION_CACHE to another folder.',
    );
  const begin = (step: number, message: string): void => options.onStep?.({ step, of: STEPS, message });
  const done = async (version: string): Promise<NativeInfo | undefined> => {
    const found = await installation(join(cache, folderName(version)));
    return found && { ...found, tfjsNode: TFJS_NODE_VERSION, already: true };
  };

  begin(1, 'looking for python3, make, a C++ compiler and npm');
  const named = options.wheel ?? options.tensorflow;
  if (named === undefined) {
    const finished = await done(TENSORFLOW_VERSION);
    if (finished) return finished;
  }
  const python = await findTools(signal);
  const folder = options.tensorflow === undefined ? undefined : resolve(options.tensorflow);
  let wheel = options.wheel === undefined ? undefined : resolve(options.wheel);
  let version = TENSORFLOW_VERSION;
  if (folder !== undefined) version = (await inspectFolder(folder)).version;
  if (wheel !== undefined) version = (await inspectWheel(python, wheel, signal)).version;
  const finished = await done(version);
  if (finished) return finished;

  const work = await workFolder(cache, named === undefined ? 1400 : 1100);
  try {
    begin(
      2,
      named === undefined ? `downloading TensorFlow ${version} (274 MB)` : `taking TensorFlow ${version} from ${named}`,
    );
    if (named === undefined) {
      wheel = await downloadWheel(python, work, signal);
      version = (await inspectWheel(python, wheel, signal)).version;
    }
    begin(3, 'unpacking its libraries (850 MB)');
    if (folder !== undefined) await copyFolder(folder, work);
    else if (wheel !== undefined) await extractWheel(python, wheel, work, signal);
    if (named === undefined && wheel !== undefined) await rm(wheel);
    begin(4, `fetching @tensorflow/tfjs-node ${TFJS_NODE_VERSION}`);
    await fetchPackages(python, work, signal);
    begin(5, 'building the addon');
    await buildAddon(python, work, signal);
    await layBridge(work);
    begin(6, 'opening it: a product and a gradient');
    await verifyInstallation(work, version, signal);
    const mark = { tensorflow: version, tfjsNode: TFJS_NODE_VERSION, platform: process.platform, arch: process.arch };
    await writeFile(join(work, MARK), `${JSON.stringify(mark, null, 2)}\n`);
    await chmod(work, 0o755);
    const target = join(cache, folderName(version));
    if (!(await done(version))) {
      await rm(target, { recursive: true, force: true });
      await rename(work, target);
    }
    return { folder: target, tensorflow: version, tfjsNode: TFJS_NODE_VERSION, already: false };
  } catch (cause) {
    throw AdapterFusionError.is(cause) ? cause : unexpected(cause);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function unexpected(cause: unknown): AdapterFusionError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return spaceOr(reason, installFailed('every step to succeed', reason, 'Try again; nothing was left behind.', cause));
}

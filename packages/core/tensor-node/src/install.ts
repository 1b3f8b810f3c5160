import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { buildAddon, layBridge } from './build.js';
import { folderName, installation, MARK, nativeCache, TFJS_NODE_VERSION, type Installed, type Kind } from './cache.js';
import { fetchPackages } from './fetch-packages.js';
import { installFailed, spaceOr } from './install-error.js';
import { hasKernels } from './kernel-library.js';
import { nvidiaFolder, packageFolder } from './layout.js';
import { driverLack } from './nvidia-driver.js';
import { throttle, type OnBytes } from './progress.js';
import { fetchNvidia, findSource, unpackSource } from './source.js';
import { MACHINES, TENSORFLOW_VERSION } from './tensorflow.js';
import { findTools } from './tools.js';
import { verifyInstallation } from './verify.js';
import { workFolder } from './work-folder.js';

/** A step of the installation, for a line of output. */
export interface InstallStep {
  /** Counted from 1. */
  readonly step: number;
  readonly of: number;
  readonly message: string;
}

/** How far a step is. */
export interface InstallProgress {
  readonly step: number;
  readonly message: string;
  /** Bytes. */
  readonly done: number;
  readonly total: number;
}

/** Settings of {@link installNative}. */
export interface InstallOptions {
  /** For an NVIDIA GPU: the backend `cuda`. Default false: the backend `native`. */
  readonly gpu?: boolean;
  /** Install for a GPU that is not here, as when an image is built. Default false. */
  readonly withoutDriver?: boolean;
  /** A wheel of tensorflow-cpu or tensorflow on this machine. */
  readonly wheel?: string;
  /** The folder of a TensorFlow that is installed for Python; its libraries are copied. */
  readonly tensorflow?: string;
  /** Called as each step begins. */
  readonly onStep?: (step: InstallStep) => void;
  /** Called while bytes are fetched and unpacked, a few times a second. */
  readonly onProgress?: (progress: InstallProgress) => void;
  readonly signal?: AbortSignal;
}

/** What was installed. */
export interface NativeInfo {
  readonly folder: string;
  /** Version of the TensorFlow library. */
  readonly tensorflow: string;
  /** Version of `@tensorflow/tfjs-node`. */
  readonly tfjsNode: string;
  readonly kind: Kind;
  /** True when a finished installation was there before. */
  readonly already: boolean;
  /** Whether TensorFlow sees a GPU; not asked where it was there already. */
  readonly sees?: 'cpu' | 'gpu';
}

/** Room that each way needs while it runs, in MiB. */
const ROOM = { cpu: { fetched: 1400, given: 1100 }, cuda: { fetched: 9000, given: 7500 } };

/**
 * Builds the addon of `@tensorflow/tfjs-node` against a current TensorFlow, without that package's own download, into
 * {@link nativeCache}; about 850 MB, for CUDA about 5 GB. The TensorFlow is the one that is named, else one as new that
 * this Python has, else one fetched with pip. Everything is built beside its place and renamed at the end, so that an
 * installation is there whole or not at all. One that is finished is kept as it is; one that lacks a part, or has a library of
 * operations that is not of this version, is replaced.
 * @throws NATIVE_INSTALL_FAILED with what was missing and what to do; ABORTED
 */
export async function installNative(options: InstallOptions = {}): Promise<NativeInfo> {
  const { signal, gpu = false } = options;
  if (options.wheel !== undefined && options.tensorflow !== undefined)
    throw new TypeError('give a wheel or a folder, not both');
  const kind: Kind = gpu ? 'cuda' : 'cpu';
  await checkMachine(gpu, gpu && !options.withoutDriver);
  const cache = checkCache(nativeCache());
  const of = gpu ? 7 : 6;
  let step = 0;
  const begin = (message: string): OnBytes => {
    options.onStep?.({ step: ++step, of, message });
    return throttle(options.onProgress, step, message);
  };
  const finished = async (version: string): Promise<NativeInfo | undefined> => {
    const found = await current(join(cache, folderName(version, kind)));
    return found && { ...found, tfjsNode: TFJS_NODE_VERSION, already: true };
  };

  begin('looking for python3, make, a C++ compiler, npm and a TensorFlow');
  const usual =
    options.wheel === undefined && options.tensorflow === undefined ? await finished(TENSORFLOW_VERSION) : undefined;
  if (usual) return usual;
  const python = await findTools(signal);
  const source = await findSource(python, options);
  const there = await finished(source.version);
  if (there) return there;
  const work = await workFolder(cache, ROOM[kind][source.from === 'index' ? 'fetched' : 'given']);
  try {
    const fetched = begin(source.words);
    const info = await unpackSource(python, source, work, signal, fetched, () => begin('unpacking its libraries'));
    const tfjsNode = packageFolder(work);
    let onBytes = begin(`fetching @tensorflow/tfjs-node ${TFJS_NODE_VERSION}`);
    await fetchPackages(python, work, signal);
    if (gpu) {
      onBytes = begin("fetching NVIDIA's libraries for CUDA");
      await fetchNvidia(python, source, info, nvidiaFolder(tfjsNode), signal, onBytes);
    }
    begin('building the addon');
    await buildAddon(python, work, kind, signal);
    await layBridge(work);
    begin('opening it: a product, a gradient and a training step');
    const sees = await verifyInstallation(work, info.version, kind, signal);
    const folder = await settle(work, cache, { tensorflow: info.version, kind });
    return { folder, tensorflow: info.version, tfjsNode: TFJS_NODE_VERSION, kind, already: false, sees };
  } catch (cause) {
    throw AdapterFusionError.is(cause) ? cause : unexpected(cause);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function checkMachine(gpu: boolean, needsDriver: boolean): Promise<void> {
  if (process.platform !== 'linux' || MACHINES[process.arch] === undefined || (gpu && process.arch !== 'x64'))
    throw installFailed(
      gpu ? 'Linux on x64 for CUDA' : 'Linux on x64 or arm64',
      `${process.platform} ${process.arch}`,
      'Use the wasm backend, which runs everywhere.',
    );
  const lack = needsDriver ? await driverLack() : undefined;
  if (lack)
    throw installFailed(
      'an NVIDIA GPU with its driver',
      lack.reason,
      `${lack.fix} To install for a GPU that is not here, add --without-driver.`,
    );
}

function checkCache(cache: string): string {
  if (!/[\s'"$#]/.test(cache)) return cache;
  throw installFailed(
    'a cache folder without spaces or quotes in its path, which make cannot build in',
    cache,
    'Set ADAPTERFUSION_CACHE to another folder.',
  );
}

/** A finished installation with all that this version of the package builds. */
async function current(folder: string): Promise<Installed | undefined> {
  const found = await installation(folder);
  return found?.kind === 'cpu' && !hasKernels(packageFolder(folder)) ? undefined : found;
}

/** Marks what was built as finished and moves it to its place, unless another process was faster. */
async function settle(work: string, cache: string, built: Omit<Installed, 'folder'>): Promise<string> {
  const mark = { ...built, tfjsNode: TFJS_NODE_VERSION, platform: process.platform, arch: process.arch };
  await writeFile(join(work, MARK), `${JSON.stringify(mark, null, 2)}\n`);
  await chmod(work, 0o755);
  const target = join(cache, folderName(built.tensorflow, built.kind));
  if (await current(target)) return target;
  await rm(target, { recursive: true, force: true });
  await rename(work, target);
  return target;
}

function unexpected(cause: unknown): AdapterFusionError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return spaceOr(reason, installFailed('every step to succeed', reason, 'Try again; nothing was left behind.', cause));
}

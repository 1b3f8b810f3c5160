import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { InstallOptions } from './install.js';
import { pipDownload } from './pip-download.js';
import type { OnBytes } from './progress.js';
import { pythonTensorflow } from './python-tensorflow.js';
import { checkTensorflow, TENSORFLOW_VERSION, type TensorflowInfo } from './tensorflow.js';
import { copyFolder, copyNvidia, inspectFolder } from './tensorflow-folder.js';
import { extractWheel, inspectWheel, TENSORFLOW_MEMBERS } from './wheel.js';

/** Where a TensorFlow is taken from. */
export interface Source {
  readonly from: 'wheel' | 'folder' | 'index';
  /** The wheel, the folder, or what pip is asked for. */
  readonly place: string;
  readonly version: string;
  /** What is known of it before it is fetched. */
  readonly info?: TensorflowInfo;
  /** For a line of output. */
  readonly words: string;
}

/**
 * Finds the TensorFlow to build against: the one that is named, else one of this Python, else the index's.
 * @throws NATIVE_INSTALL_FAILED for one that will not do
 */
export async function findSource(python: string, options: InstallOptions): Promise<Source> {
  const { signal, gpu = false } = options;
  const take = (from: 'wheel' | 'folder', place: string, info: TensorflowInfo, words: string): Source => {
    checkTensorflow(info, place, gpu);
    return { from, place, version: info.version, info, words: `${words} TensorFlow ${info.version} from ${place}` };
  };
  if (options.wheel !== undefined) {
    const place = resolve(options.wheel);
    return take('wheel', place, await inspectWheel(python, place, signal), 'taking');
  }
  if (options.tensorflow !== undefined) {
    const place = resolve(options.tensorflow);
    return take('folder', place, await inspectFolder(place), 'copying');
  }
  const found = await pythonTensorflow(python, gpu, signal);
  if (found) {
    const { folder: place, info } = found;
    const words = `copying TensorFlow ${info.version}, which this Python has in ${place}`;
    return { from: 'folder', place, version: info.version, info, words };
  }
  const name = gpu || process.arch !== 'x64' ? 'tensorflow' : 'tensorflow-cpu';
  const size = gpu ? '570 MB' : '274 MB';
  const place = `${name}==${TENSORFLOW_VERSION}`;
  const words = `fetching ${name} ${TENSORFLOW_VERSION} (${size})`;
  return { from: 'index', place, version: TENSORFLOW_VERSION, words };
}

/**
 * Brings libraries and headers to `work/tensorflow`.
 * @param fetched told of the bytes that are fetched
 * @param unpacking called when unpacking begins
 * @throws NATIVE_INSTALL_FAILED
 */
export async function unpackSource(
  python: string,
  { from, place, info }: Source,
  work: string,
  signal: AbortSignal | undefined,
  fetched: OnBytes,
  unpacking: () => OnBytes,
): Promise<TensorflowInfo> {
  if (from === 'folder') {
    unpacking();
    await copyFolder(place, work);
    return info!;
  }
  const wheels = join(work, 'wheels');
  const wheel =
    from === 'wheel' ? place : (await pipDownload(python, [place], wheels, { signal, onBytes: fetched }))[0]!;
  const told = info ?? (await inspectWheel(python, wheel, signal));
  await extractWheel(python, wheel, work, { members: TENSORFLOW_MEMBERS, signal, onBytes: unpacking() });
  await rm(wheels, { recursive: true, force: true });
  return told;
}

/**
 * Brings NVIDIA's libraries to `target/PACKAGE/lib`: those beside a TensorFlow that was named, else the index's.
 * @throws NATIVE_INSTALL_FAILED
 */
export async function fetchNvidia(
  python: string,
  { from, place }: Source,
  { nvidia }: TensorflowInfo,
  target: string,
  signal: AbortSignal | undefined,
  onBytes: OnBytes,
): Promise<void> {
  if (from === 'folder' && (await copyNvidia(place, target)) > 0) return;
  const wheels = `${target}-wheels`;
  for (const wheel of await pipDownload(python, nvidia, wheels, { signal, onBytes })) {
    await extractWheel(python, wheel, join(target, '..'), { members: ['nvidia/'], holding: '.so', signal });
    await rm(wheel);
  }
  await rm(wheels, { recursive: true, force: true });
}

import { installFailed } from './install-error.js';

/** The TensorFlow that is fetched when none is named. */
export const TENSORFLOW_VERSION = '2.21.0';

/** The oldest that the addon is known to be built against. */
const OLDEST_TENSORFLOW = '2.16.0';

/** Value of `e_machine` in an ELF file by the name Node has for the processor. */
export const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/** The libraries of a TensorFlow package for Python that the addon links. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/** The headers that the addon is compiled with. */
export const HEADERS = [
  'include/tensorflow/c',
  'include/tensorflow/core/platform',
  'include/tensorflow/core/common_runtime/next_pluggable_device/c',
  'include/tsl',
  'include/xla/tsl',
  'include/absl',
] as const;

/** What a TensorFlow says of itself. */
export interface TensorflowInfo {
  readonly version: string;
  /** Its name on the index: `tensorflow`, which knows CUDA, or `tensorflow-cpu`. */
  readonly name: string;
  /** What it needs from the index for CUDA. */
  readonly nvidia: readonly string[];
}

/** A number below, at or above 0 as `a` is older than, equal to or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/**
 * Accepts a TensorFlow that the addon can be built against.
 * @param from where it was found
 * @throws NATIVE_INSTALL_FAILED for one that is too old, or without CUDA where that is wanted
 */
export function checkTensorflow(info: TensorflowInfo, from: string, gpu: boolean): void {
  if (compareVersions(info.version, OLDEST_TENSORFLOW) < 0)
    throw installFailed(
      `TensorFlow ${OLDEST_TENSORFLOW} or newer`,
      `${info.version} in ${from}`,
      'Name a newer one, or none: then a current one is fetched.',
    );
  if (gpu && (info.name !== 'tensorflow' || info.nvidia.length === 0))
    throw installFailed(
      'a TensorFlow that knows CUDA: "tensorflow" of the Python package index',
      `"${info.name}" in ${from}`,
      'Name another, or none: then it is fetched. Without --gpu this one will do.',
    );
}

/** The architecture of an ELF file in Node's words. */
export function machineName(machine: number): string {
  return Object.keys(MACHINES).find((arch) => MACHINES[arch] === machine) ?? `machine ${machine}`;
}

/** What pip must be asked for, from the lines of a package's metadata: NVIDIA's libraries, not its compiler. */
export function nvidiaRequirements(metadata: string): string[] {
  return [...metadata.matchAll(/^Requires-Dist: *(nvidia-[^;\n]+);[^\n]*extra == ['"]and-cuda['"]/gm)]
    .map((match) => match[1]!.replaceAll(/\s/g, ''))
    .filter((requirement) => !requirement.startsWith('nvidia-cuda-nvcc'));
}

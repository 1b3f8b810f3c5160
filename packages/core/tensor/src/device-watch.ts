import { AdapterFusionError } from '@adapterfusion/contracts';
import { processWide } from './process-wide.js';

/** The parts of a WebGPU device that tell of faults. */
type Device = Pick<GPUDevice, 'limits' | 'lost' | 'addEventListener' | 'pushErrorScope' | 'popErrorScope'>;

interface Watched {
  settle(): Promise<void>;
  check(bytes: number, what: () => string): void;
}

/** The device that computes, where there is one that can fail behind our back. */
const shared = processWide<{ watched?: Watched | undefined }>('device', () => ({}));

/**
 * Listens to what a device says of its faults. Those before the device is lost stay: nothing after them can be trusted.
 * @returns throws a fault that is known, or BACKEND_LIMIT where a buffer of so many bytes is too large
 */
export function watchDevice(device: Device): (bytes: number, what: () => string) => void {
  let fault: AdapterFusionError | undefined;
  device.addEventListener('uncapturederror', (event) => {
    const { error } = event;
    fault ??= error.constructor.name === 'GPUOutOfMemoryError' ? outOfMemory(error) : failed(error);
  });
  const gone = device.lost.then((info) => {
    fault ??= lost(info);
  });
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  const [limit, most] =
    maxBufferSize < maxStorageBufferBindingSize
      ? ['maxBufferSize', maxBufferSize]
      : ['maxStorageBufferBindingSize', maxStorageBufferBindingSize];
  const check = (bytes: number, what: () => string): void => {
    if (fault) throw fault;
    if (bytes > most) throw tooLarge(what(), bytes, limit, most);
  };
  const settle = async (): Promise<void> => {
    // Faults are told in order: when the answer to an empty scope is back, all earlier ones have been heard.
    device.pushErrorScope('validation');
    await Promise.race([device.popErrorScope().catch(() => null), gone]);
    if (fault) throw fault;
  };
  shared.watched = { settle, check };
  return check;
}

/** Forgets the device: the backend is closed. */
export function unwatchDevice(): void {
  shared.watched = undefined;
}

/**
 * Awaits values from the device.
 * @throws BACKEND_LOST, BACKEND_FAILED, BACKEND_LIMIT when the device failed in computing them
 */
export async function settled<T>(values: Promise<T>): Promise<T> {
  const { watched } = shared;
  if (!watched) return values;
  const outcome = await values.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  // A read that fails is the first sign of a lost device; the reason follows it.
  if ('error' in outcome) await new Promise((resolve) => setTimeout(resolve, 50));
  await watched.settle();
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

/**
 * Refuses a tensor that the open backend cannot hold.
 * @param at its name
 * @throws BACKEND_LIMIT with the limit that is too small
 */
export function checkFits(shape: readonly number[], at: string): void {
  const bytes = shape.reduce((product, width) => product * width, 4);
  shared.watched?.check(bytes, () => `"${at}" [${shape.join(', ')}]`);
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const tooLarge = (what: string, bytes: number, limit: string, most: number): AdapterFusionError =>
  new AdapterFusionError('BACKEND_LIMIT', {
    at: 'webgpu',
    expected: `tensors of at most ${mebibytes(most)}, this device's ${limit}`,
    got: `${what}, ${mebibytes(bytes)}`,
    fix: 'Use smaller batches where it is a batch, a smaller model where it is a weight, or the backend "wasm".',
  });

const failed = (error: GPUError): AdapterFusionError =>
  new AdapterFusionError('BACKEND_FAILED', {
    at: 'webgpu',
    expected: 'a kernel that the device accepts',
    got: error.message,
    fix: 'Report it with the name of the device; use the backend "wasm" meanwhile.',
    cause: error,
  });

const outOfMemory = (error: GPUError): AdapterFusionError =>
  new AdapterFusionError('BACKEND_LIMIT', {
    at: 'webgpu',
    expected: 'enough memory on the device',
    got: error.message || 'out of memory',
    fix: 'Use smaller batches or the backend "wasm".',
    cause: error,
  });

const lost = ({ reason, message }: GPUDeviceLostInfo): AdapterFusionError =>
  new AdapterFusionError('BACKEND_LOST', {
    at: 'webgpu',
    expected: 'the device that the run began on',
    got: `a lost one (${[reason, message].filter((word) => word !== '').join(': ')})`,
    fix: 'Reload the page, or close the backend and open it again.',
  });

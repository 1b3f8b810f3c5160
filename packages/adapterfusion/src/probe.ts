import type { Tensor } from '@adapterfusion/contracts';
import { currentBackend, dispose, linear, read, scope, slice, tensor, type BackendInfo } from '@adapterfusion/tensor';
import { createRegistry } from './builtin-plugins.js';
import { proofModel } from './proof-model.js';
import { fuseSteps } from './prove.js';

/** How fast a backend multiplies. */
export interface Speed {
  /** `[rows, inner] · [inner, width]` */
  readonly shape: readonly [rows: number, inner: number, width: number];
  /** Billions of additions and multiplications a second. */
  readonly gflops: number;
}

/** What a quick look at a backend shows. */
export interface Probe {
  readonly backend: BackendInfo;
  readonly speeds: readonly Speed[];
  readonly training: {
    /** Losses of two steps of stage 2 on a seeded model. */
    readonly losses: readonly number[];
    readonly expected: readonly number[];
    readonly passed: boolean;
    readonly seconds: number;
  };
}

/** Products of encoders with 512 tokens at once: MiniLM's, BERT-base's, and the widest of BERT-base. */
const SHAPES: readonly Speed['shape'][] = [
  [512, 384, 384],
  [512, 768, 768],
  [512, 768, 3072],
];

/** What the backend `cpu` computes. */
const LOSSES = [0.9544389, 1.2513047];
const TOLERANCE = 1e-4;
/** A measurement lasts at least so long. */
const LEAST_SECONDS = 0.3;
const SLOW_SECONDS = 1;
const MOST_TIMES = 1000;

/**
 * Looks at the open backend: the speed of three products, and two training steps whose losses are known.
 * @throws BACKEND_UNAVAILABLE when none is open; BACKEND_FAILED, BACKEND_LOST, BACKEND_LIMIT, LOSS_NOT_FINITE
 */
export async function probe(): Promise<Probe> {
  const backend = currentBackend();
  const begun = performance.now();
  const model = await proofModel(createRegistry());
  const losses: number[] = [];
  try {
    for await (const loss of fuseSteps(model, LOSSES.length)) losses.push(loss);
  } finally {
    model.dispose();
  }
  const passed = LOSSES.every((loss, step) => Math.abs(losses[step]! - loss) < TOLERANCE);
  const seconds = (performance.now() - begun) / 1000;
  const speeds: Speed[] = [];
  for (const shape of SHAPES) speeds.push({ shape, gflops: await gflops(shape) });
  return { backend, speeds, training: { losses, expected: LOSSES, passed, seconds } };
}

async function gflops([rows, inner, width]: Speed['shape']): Promise<number> {
  const wave = (count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => Math.sin(at));
  const x = tensor(wave(rows * inner), [rows, inner]);
  const weight = tensor(wave(inner * width), [inner, width]);
  const once = 2 * rows * inner * width;
  // The first is the warm-up, and all there is where it is slow.
  let [times, seconds] = [1, await timed(x, weight, 1)];
  if (seconds < SLOW_SECONDS)
    do {
      const wanted = Math.ceil((1.5 * LEAST_SECONDS * times) / Math.max(seconds, 1e-3));
      times = Math.min(MOST_TIMES, Math.max(times + 1, wanted));
      seconds = await timed(x, weight, times);
    } while (seconds < LEAST_SECONDS && times < MOST_TIMES);
  dispose([x, weight]);
  return (once * times) / seconds / 1e9;
}

/** Seconds for so many products: a row of the last is read, and by then all are done. */
async function timed(x: Tensor, weight: Tensor, times: number): Promise<number> {
  const begun = performance.now();
  for (let count = 1; count < times; count++) dispose(linear(x, weight, undefined, { transposed: true }));
  const row = scope(() => slice(linear(x, weight, undefined, { transposed: true }), 0, 0, 1));
  await read(row);
  dispose(row);
  return (performance.now() - begun) / 1000;
}

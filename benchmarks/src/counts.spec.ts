import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tf } from '@adapterfusion/tensor/tfjs';
import { backendLack, closeBackend, openBackend, type BackendName } from 'adapterfusion';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepper } from './stepper.js';
import type { Case, Work } from './work.js';

/*
 * What a step launches and keeps, beside what it did when `counts.json` was written: a step that grows fails.
 * UPDATE_COUNTS=1 npx vitest run benchmarks/src/counts --maxWorkers=1 writes the file anew.
 */

/** Of one step, the second of its run. */
interface Counts {
  /** Kernels launched, ours and those they are made of. */
  readonly kernels: number;
  /** Tensors kept for the backward pass. */
  readonly saved: number;
  /** Bytes of tensors alive at once, above those before the step. */
  readonly peak_bytes: number;
}
type File = Record<string, Record<string, Counts>>;

const PATH = fileURLToPath(new URL('../counts.json', import.meta.url));
const STEPS: Readonly<Record<string, readonly [Case, number]>> = {
  'stage 1': ['train/adapter', 1],
  'stage 2 of 4 adapters': ['train/fusion', 4],
  'head only': ['train/head', 0],
  'inference with 4 adapters': ['infer/fusion', 4],
};

/** The part of the engine that keeps tensors for gradients; it has no public door. */
interface Saving {
  saveTensorsForBackwardMode(tensors: readonly unknown[]): unknown;
}

async function count(name: Case, adapters: number): Promise<Counts> {
  const work: Work = { case: name, shape: 'tiny', adapters, batch: 2, length: 7 };
  const step = stepper(work, 'ours');
  await step();
  const engine = tf.engine() as unknown as Saving;
  const original = engine.saveTensorsForBackwardMode.bind(engine);
  let saved = 0;
  engine.saveTensorsForBackwardMode = (tensors) => {
    saved += tensors.length;
    return original(tensors);
  };
  const before = tf.memory().numBytes;
  try {
    const { kernels } = await tf.profile(async () => {
      await step();
      return tf.scalar(0);
    });
    const peak = kernels.reduce((most, { totalBytesSnapshot: bytes }) => Math.max(most, bytes), before);
    return { kernels: kernels.length, saved, peak_bytes: peak - before };
  } finally {
    engine.saveTensorsForBackwardMode = original;
  }
}

/** The tests of one backend. */
export async function describeCounts(backend: BackendName): Promise<void> {
  const lack = await backendLack(backend);
  const title = lack ? `${backend === 'webgpu' ? 'webgpu in Node' : backend}: ${lack.reason}` : `on ${backend}`;
  describe.skipIf(lack)(title, () => {
    const found: Record<string, Counts> = {};
    let version = '';
    beforeAll(async () => void ({ version } = await openBackend(backend)));
    afterAll(async () => {
      if (process.env['UPDATE_COUNTS']) write(backend, found);
      await closeBackend();
    });

    it.for(Object.entries(STEPS))('%s', async ([name, [work, adapters]], { skip }) => {
      // Without wide vectors or our library more of it is composed.
      if (backend === 'native' && !version.includes('+avx')) skip(`native ${version} has no products of ours`);
      const counts = await count(work, adapters);
      found[name] = counts;
      if (process.env['UPDATE_COUNTS']) return;
      const allowed = read()[backend]![name]!;
      for (const key of ['kernels', 'saved', 'peak_bytes'] as const)
        expect(counts[key], `${key}: ${allowed[key]} in counts.json`).toBeLessThanOrEqual(allowed[key]);
    });
  });
}

const read = (): File => JSON.parse(readFileSync(PATH, 'utf8')) as File;
function write(backend: string, counts: Record<string, Counts>): void {
  writeFileSync(PATH, `${JSON.stringify({ ...read(), [backend]: counts }, null, 2)}\n`);
}

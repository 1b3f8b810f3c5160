import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { attention, dispose, dropoutMask, fill, openBackend, read, tensor, tensorCount } from './index.js';
import { noise } from './oracle.spec.js';
import { tf } from './tfjs.js';
import { useWasmKernels } from './wasm-kernels.js';

it('the committed binary is what its source compiles to', async () => {
  // Not by a plain import: the compiler's declarations would change those of Array for everybody.
  const build = (await import(new URL('../assembly/build.mjs', import.meta.url).href)) as {
    compiled(): Promise<string>;
  };
  expect(await readFile(new URL('wasm-binary.ts', import.meta.url), 'utf8')).toBe(await build.compiled());
});

it('they are in use after the backend is opened', async () => {
  await openBackend('wasm');
  expect(await useWasmKernels()).toBe(true);
});

it('attention gives a padded position exactly nothing, and rows that are all padding the same everywhere', async () => {
  const [q, k, v] = [1, 2, 3].map((seed) =>
    tensor(
      noise(2 * 5 * 8, seed).map((x) => x * 30),
      [2, 5, 8],
    ),
  );
  const mask = tensor([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [2, 5]);
  const run = async (values: typeof v) => {
    const y = attention(q!, k!, values!, mask, 2, { probability: 0, path: '' });
    const found = await read(y);
    y.dispose();
    return found;
  };
  const first = await run(v);
  const moved = (await read(v!)).map((x, at) => ([3, 4].includes(Math.floor(at / 8) % 5) && at < 40 ? 1e9 : x));
  const changed = tensor(moved, [2, 5, 8]);
  expect([...(await run(changed)).slice(0, 40)]).toEqual([...first.slice(0, 40)]);
  const values = await read(v!);
  const mean = Array.from(
    { length: 8 },
    (_, d) => [0, 1, 2, 3, 4].reduce((sum, t) => sum + values[40 + t * 8 + d]!, 0) / 5,
  );
  first.slice(40).forEach((y, at) => expect(y).toBeCloseTo(mean[at % 8]!, 5));
  dispose([q!, k!, v!, mask, changed]);
});

it.each([1, 2, 3, 4, 5, 15, 16, 17, 33])('a mask of %i elements touches nothing beside it', async (size) => {
  const before = tensorCount();
  const around = Array.from({ length: 40 }, (_, at) => tensor([at], [1]));
  const masks = Array.from({ length: 20 }, () =>
    dropoutMask([size], 0.5, { key: { seed: 1, step: 2, microBatch: 0 } }, 'p'),
  );
  for (const [at, each] of around.entries()) expect([...(await read(each))]).toEqual([at]);
  dispose([...around, ...masks]);
  expect(tensorCount()).toBe(before);
});

it('a tensor that WebAssembly cannot hold is refused, and so is the product with a wrong bias', async () => {
  expect(() => fill([2 ** 15, 2 ** 15], 1)).toThrow(
    /expected tensors within the 4096.0 MiB .*got one of 4096.0 MiB beside .*smaller batches/,
  );
  const [a, b, bias] = [tf.ones([2, 2, 2]), tf.ones([2, 2, 2]), tf.ones([2])];
  expect(() => tf.fused.matMul({ a, b, bias })).toThrow(/_FusedMatMul/);
  tf.dispose([a, b, bias]);
});

import { expect, it } from 'vitest';
import { dropoutMask, openBackend, read } from './index.js';

it('masks under a path are those of the whole path, and others than those without it', async () => {
  await openBackend('cpu');
  const key = { seed: 1, step: 2, microBatch: 0 };
  const maskOf = (path: string, under?: string): Promise<Float32Array> =>
    read(dropoutMask([64], 0.5, { key, ...(under === undefined ? {} : { under }) }, path));
  const plain = await maskOf('head/input');
  expect(await maskOf('head/input', 'heads/rte')).toEqual(await maskOf('heads/rte/head/input'));
  expect(await maskOf('head/input', 'heads/rte')).not.toEqual(plain);
  expect(await maskOf('head/input', 'heads/cb')).not.toEqual(await maskOf('head/input', 'heads/rte'));
});

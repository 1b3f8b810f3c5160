import {
  adamStep,
  closeBackend,
  dispose,
  gradients,
  linear,
  mean,
  openBackend,
  parameter,
  provideBackend,
  read,
  scope,
  setTrainable,
  square,
  sub,
  tensor,
  tensorCount,
} from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dawnProvider } from './dawn-provider.js';

const lack = await dawnProvider.missing();
const name = lack ? `webgpu in Node: ${lack.reason}. ${lack.fix}` : 'webgpu in Node';

describe.skipIf(lack)(name, () => {
  beforeAll(async () => {
    provideBackend(dawnProvider);
    await openBackend('webgpu');
  });
  afterAll(() => closeBackend());

  it('says what it is', async () => {
    const { device, largestTensor } = await openBackend('webgpu');
    expect(device).toMatch(/\w/);
    expect(largestTensor).toBeGreaterThanOrEqual(2 ** 27);
  });

  it('does a training step', async () => {
    const before = tensorCount();
    const x = tensor([1, 2, 3, 4], [2, 2]);
    const y = tensor([1, 2], [2, 1]);
    const weight = parameter(new Float32Array(2), [1, 2]);
    const moments = [0, 1].map(() => parameter(new Float32Array(2), [1, 2]));
    setTrainable(weight, true);
    const loss = () => mean(square(sub(linear(x, weight), y)));
    const found = gradients(loss, new Map([['weight', weight]]));
    const gradient = found.gradients.get('weight')!;
    expect((await read(found.value))[0]).toBeCloseTo(2.5, 5);
    expect([...(await read(gradient))]).toEqual([-7, -10]);
    const settings = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, count: 1 };
    adamStep(weight, gradient, moments[0]!, moments[1]!, settings);
    for (const value of await read(weight)) expect(value).toBeCloseTo(0.1, 5);
    const after = scope(loss);
    expect((await read(after))[0]).toBeCloseTo((0.7 ** 2 + 1.3 ** 2) / 2, 5);
    dispose([x, y, weight, ...moments, found.value, gradient, after]);
    expect(tensorCount()).toBe(before);
  });

  it('refuses a tensor that the device cannot hold', async () => {
    const { largestTensor } = await openBackend('webgpu');
    const most = Math.floor(largestTensor! / 4);
    expect(() => scope(() => tf.add(tf.zeros([1, 2]), tf.zeros([most, 2])))).toThrow(
      expect.objectContaining({ code: 'BACKEND_LIMIT' }) as Error,
    );
  });

  it('says that the device is lost, and opens another', async () => {
    const lost = tensor([1, 2], [2]);
    const { device } = tf.backend() as unknown as { device: { destroy(): void } };
    device.destroy();
    const doubled = (async () => read(scope(() => linear(tensor([1], [1, 1]), tensor([2], [1, 1])))))();
    await expect(doubled).rejects.toMatchObject({ code: 'BACKEND_LOST' });
    lost.dispose();
    await closeBackend();
    expect((await openBackend('webgpu')).name).toBe('webgpu');
    const product = scope(() => linear(tensor([3], [1, 1]), tensor([2], [1, 1])));
    expect([...(await read(product))]).toEqual([6]);
    product.dispose();
  });
});

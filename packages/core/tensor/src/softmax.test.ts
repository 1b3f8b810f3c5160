import { expect, it } from 'vitest';
import { gradients, mul, openBackend, parameter, read, setTrainable, softmax, sum, tensor } from './index.js';

it('keeps the gradient of a weight near 1 exact to float32, where centring once loses two digits', async () => {
  await openBackend('cpu');
  const logits = [-26.378, 5.927, 2.1207].map(Math.fround);
  const towards = [0.0371, 0.0153635, 0.0068777].map(Math.fround);
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const whole = powers.reduce((a, b) => a + b);
  const weights = powers.map((power) => power / whole);
  const mean = weights.reduce((total, weight, index) => total + weight * towards[index]!, 0);
  const expected = weights.map((weight, index) => weight * (towards[index]! - mean));

  const x = parameter(Float32Array.from(logits), [1, 3]);
  setTrainable(x, true);
  const { gradients: found } = gradients(() => sum(mul(softmax(x), tensor(towards, [1, 3]))), new Map([['x', x]]));
  const got = await read(found.get('x')!);
  expect(Math.abs(got[1]! / expected[1]! - 1)).toBeLessThan(6e-7);
  expect(Math.abs(got[2]! / expected[2]! - 1)).toBeLessThan(6e-7);
});

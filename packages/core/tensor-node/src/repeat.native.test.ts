import { expect, describe, it } from 'vitest';
import { installations } from './cache.js';
import { command } from './command.js';
import { OPEN_SCRIPT, openArguments } from './verify.js';

const [newest] = await installations('cpu');
const name = newest ? 'native backend' : 'native backend not installed: run `npx adapterfusion native install`';

/** 200 steps of a small transformer layer with Adam; prints the last loss and a hash of all weights. */
const TRAIN = `${OPEN_SCRIPT}
const B = 4, T = 64, H = 128, A = 4;
let state = 1;
const draw = (shape, scale) => tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (state / 2 ** 32 - 0.5) * scale;
}), shape);
const shapes = { q: [H, H], k: [H, H], v: [H, H], o: [H, H], up: [H, 4 * H], down: [4 * H, H], gain: [H], words: [500, H], head: [H, 3] };
const weights = Object.entries(shapes).map(([key, shape]) => tf.variable(draw(shape, 0.3), true, key));
const w = Object.fromEntries(weights.map((weight) => [weight.name, weight]));
const first = weights.map((weight) => tf.variable(tf.zerosLike(weight)));
const second = weights.map((weight) => tf.variable(tf.zerosLike(weight)));
const heads = (x) => tf.transpose(tf.reshape(x, [B, T, A, H / A]), [0, 2, 1, 3]);
const loss = (ids, noise, labels) => {
  const x = tf.add(tf.gather(w.words, ids), noise);
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const n = tf.mul(tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5))), w.gain);
  const scores = tf.softmax(tf.mul(tf.matMul(heads(tf.matMul(n, w.q)), heads(tf.matMul(n, w.k)), false, true), 0.2));
  const mixed = tf.reshape(tf.transpose(tf.matMul(scores, heads(tf.matMul(n, w.v))), [0, 2, 1, 3]), [B * T, H]);
  const z = tf.add(x, tf.matMul(mixed, w.o));
  const u = tf.matMul(z, w.up);
  const y = tf.add(z, tf.matMul(tf.mul(u, tf.add(1, tf.erf(u))), w.down));
  const logits = tf.matMul(tf.mean(tf.reshape(y, [B, T, H]), 1), w.head);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.oneHot(labels, 3), tf.logSoftmax(logits)), -1)));
};
let last;
for (let step = 1; step <= 200; step++)
  tf.tidy(() => {
    const ids = tf.tensor1d(Array.from({ length: B * T }, (_, i) => (i * 7919 + step * 104729) % 500), 'int32');
    const labels = tf.tensor1d(Array.from({ length: B }, (_, i) => (i * step) % 3), 'int32');
    const noise = draw([B * T, H], 1);
    const { value, grads } = tf.variableGrads(() => loss(ids, noise, labels), weights);
    last = value.dataSync()[0];
    const norm = tf.sqrt(tf.addN(weights.map((weight) => tf.sum(tf.square(grads[weight.name])))));
    weights.forEach((weight, i) => {
      const g = tf.div(grads[weight.name], tf.maximum(norm, 1));
      first[i].assign(tf.add(tf.mul(first[i], 0.9), tf.mul(g, 0.1)));
      second[i].assign(tf.add(tf.mul(second[i], 0.999), tf.mul(tf.square(g), 0.001)));
      weight.assign(tf.sub(weight, tf.mul(tf.div(first[i], tf.add(tf.sqrt(second[i]), 1e-8)), 1e-3)));
    });
  });
const hash = require('node:crypto').createHash('sha256');
for (const weight of weights) hash.update(new Uint8Array(weight.dataSync().buffer));
process.stdout.write(JSON.stringify({ last, hash: hash.digest('hex') }));
`;

describe.skipIf(!newest)(name, () => {
  it('repeats 200 training steps to the bit in another process with the same number of threads', async () => {
    const run = async (): Promise<{ last: number; hash: string }> => {
      const env = { TF_NUM_INTRAOP_THREADS: '2' };
      const ran = await command(process.execPath, ['-e', TRAIN, ...openArguments(newest!.folder)], { env });
      expect(ran.code, ran.stderr).toBe(0);
      return JSON.parse(ran.stdout) as { last: number; hash: string };
    };
    const once = await run();
    expect(once.last).toBeGreaterThan(0);
    expect(await run()).toEqual(once);
  });
});

import { describe, expect, it } from 'vitest';
import { installations } from './cache.js';
import { command } from './command.js';
import { kernelFile, kernelLevels, runsHere } from './kernel-library.js';
import { packageFolder } from './layout.js';
import { OPEN_SCRIPT, openArguments } from './verify.js';

const [installed] = await installations('cpu');
const name = installed ? 'our library' : 'native backend not installed: run `npx adapterfusion native install`';

/** Runs every operation on the same numbers, on one thread or more, and prints what came out. */
const SCRIPT = `${OPEN_SCRIPT}
require(process.argv[4])(Number(process.argv[5]));
const backend = tf.backend();
const { TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_INT } = binding;
let state = 1;
const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
const noise = (shape, scale = 1) => tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => next() * scale), shape);
const out = {};
const run = (op, attributes, inputs, outputs) => {
  const results = backend.executeMultipleOutputs(op, attributes, inputs, outputs);
  out[op] = results.map((each) => Array.from(each.dataSync()));
};
const random = tf.tensor1d([11, -12, 13, -14, -1500000000], 'int32');
const scale = { name: 'scale', type: TF_ATTR_FLOAT, value: 1.25 };
const epsilon = { name: 'epsilon', type: TF_ATTR_FLOAT, value: 1e-5 };
const flag = (name, value) => ({ name, type: TF_ATTR_BOOL, value });
const [x, w, b] = [noise([3, 7, 24], 3), noise([40, 24]), noise([40])];
run('AfLinear', [flag('transposed', false)], [x, w, b], 1);
run('AfLinearPlain', [flag('transposed', false)], [x, w], 1);
run('AfMatMul', [flag('transpose_a', true), flag('transpose_b', false)], [x, noise([3, 7, 40])], 1);
run('AfColumnSum', [], [noise([300, 70])], 1);
run('AfAdd', [], [noise([70001]), noise([70001])], 1);
run('AfRelu', [], [tf.tensor1d([NaN, -1, 0, 2, -0])], 1);
run('AfReluGradient', [], [noise([500]), noise([500])], 1);
const spans = tf.tensor1d([0, 3, 1, 3, 20, 0, 20, 24, 1, 24, 25, 0], 'int32');
run('AfGroupDots', [{ name: 'groups', type: TF_ATTR_INT, value: 2 }], [x, noise([3, 7, 25]), spans], 1);
run('AfGroupScale', [{ name: 'width', type: TF_ATTR_INT, value: 25 }], [x, noise([3, 7, 2]), spans], 1);
const diagonal = (value) => ({ name: 'diagonal', type: TF_ATTR_FLOAT, value });
run('AfSquareSum', [diagonal(0)], [noise([70001])], 1);
run('AfSquareSumGradient', [diagonal(1)], [tf.scalar(0.5), noise([150, 150])], 1);
run('AfGelu', [], [noise([500], 6)], 2);
run('AfGeluGradient', [], [noise([500]), noise([500], 6)], 1);
run('AfDropout', [scale], [tf.ones([70001]), random], 2);
run('AfAdam', [], [noise([99]), noise([99]), noise([99]), tf.square(noise([99])), tf.tensor1d([0.9, 0.1, 0.999, 0.001, 1e-8, 0.99, 0.01, 0.5])], 3);
run('AfLayerNorm', [epsilon], [x, noise([24]), noise([24])], 1);
run('AfLayerNormGradient', [epsilon], [noise([3, 7, 24]), x, noise([24])], 1);
run('AfLayerNormGamma', [epsilon], [noise([300, 70]), noise([300, 70])], 1);
out.products = [false, true].flatMap((ta) => [false, true].map((tb) => {
  const [a, b] = [noise(ta ? [1100, 37] : [37, 1100]), noise(tb ? [45, 1100] : [1100, 45])];
  const [ours] = backend.executeMultipleOutputs('AfMatMul', [flag('transpose_a', ta), flag('transpose_b', tb)], [a, b], 1);
  return tf.max(tf.abs(tf.sub(ours, tf.matMul(a, b, ta, tb)))).arraySync();
}));
const attention = [{ name: 'heads', type: TF_ATTR_INT, value: 4 }, flag('drops', true), scale];
const mask = tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0], [3, 7]);
run('AfAttention', attention, [x, noise([3, 7, 24]), noise([3, 7, 24]), mask, random], 3);
const weights = tf.softmax(noise([3, 4, 7, 7]));
run('AfAttentionGradient', attention, [noise([3, 7, 24]), x, noise([3, 7, 24]), noise([3, 7, 24]), noise([3, 7, 24]), weights, random], 3);
process.stdout.write(JSON.stringify(out));
`;

type Results = Record<string, number[][]>;

async function results(level: ReturnType<typeof kernelLevels>[number], threads: number): Promise<Results> {
  const { folder } = installed!;
  const args = [...openArguments(folder), kernelFile(packageFolder(folder), level), String(threads)];
  const ran = await command(process.execPath, ['-e', SCRIPT, ...args], {});
  expect(ran.code, ran.stderr).toBe(0);
  return JSON.parse(ran.stdout) as Results;
}

describe.skipIf(!installed)(name, () => {
  it('computes the same for every instruction set, and draws the same masks to the bit', async () => {
    const [best, ...others] = kernelLevels().filter(runsHere);
    const expected = await results(best!, 1);
    expect(Object.keys(expected).length).toBe(21);
    for (const level of others) {
      const found = await results(level, 1);
      expect(found['AfDropout'], level).toEqual(expected['AfDropout']);
      for (const [op, tensors] of Object.entries(expected).filter(([name]) => name !== 'products'))
        tensors.forEach((values, index) =>
          values.forEach((value, at) =>
            expect(
              Math.abs(found[op]![index]![at]! - value) / (1 + Math.abs(value)),
              `${level} ${op} ${index} ${at}`,
            ).toBeLessThan(3e-6),
          ),
        );
    }
  });

  it('multiplies as TensorFlow does, deep sums and sizes that fill no tile', async () => {
    for (const level of kernelLevels().filter(runsHere)) {
      const { products } = (await results(level, 2)) as unknown as { products: number[] };
      expect(products).toHaveLength(4);
      for (const difference of products) expect(difference, level).toBeLessThan(1e-4);
    }
  });

  it('computes the same bits whatever the number of threads', async () => {
    const level = kernelLevels().find(runsHere)!;
    const [one, three] = [await results(level, 1), await results(level, 3)];
    expect(three).toEqual(one);
    // JSON has no NaN.
    expect(one['AfRelu']).toEqual([[null, 0, 0, 2, 0]]);
  });

  it('drops the share that was asked for', async () => {
    const [kept] = (await results(kernelLevels().find(runsHere)!, 2))['AfDropout']!;
    // −1.5e9 as a threshold of signed words: (2³¹ − 1.5e9) / 2³² of them lie below.
    const share = (2 ** 31 - 1.5e9) / 2 ** 32;
    expect(new Set(kept)).toEqual(new Set([0, 1.25]));
    expect(kept!.filter((each) => each === 0).length / kept!.length).toBeCloseTo(share, 2);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackend, provideBackend, randomWords } from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { NATIVE_TYPES, nativeAttributes, nativeBinding, runNative } from './binding.js';
import { muteFile, packageFolder } from './layout.js';
import { installations } from './cache.js';
import { command } from './command.js';
import { nativeProvider } from './provider.js';
import { nativeRandomWords } from './random.js';
import { tfjsFile, verifyInstallation } from './verify.js';

const missing = await nativeProvider.missing();
const name = missing ? 'native backend not installed: run `npx adapterfusion native install`' : 'native backend';

/** Philox4x32-10 after Salmon et al. 2011, in big integers: slow and plain. */
function philox(counter: readonly bigint[], key: readonly bigint[]): bigint[] {
  const word = (value: bigint): bigint => value & 0xffffffffn;
  let [a, b, c, d] = counter as [bigint, bigint, bigint, bigint];
  let [k, l] = key as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p = a * 0xd2511f53n;
    const q = c * 0xcd9e8d57n;
    [a, b, c, d] = [(q >> 32n) ^ b ^ k, word(q), (p >> 32n) ^ d ^ l, word(p)];
    [k, l] = [word(k + 0x9e3779b9n), word(l + 0xbb67ae85n)];
  }
  return [a, b, c, d];
}

/** Low and high word of a signed 32-bit seed extended to 64 bits. */
const halves = (seed: number): [bigint, bigint] => [BigInt(seed >>> 0), seed < 0 ? 0xffffffffn : 0n];

/** The words that TensorFlow draws for two seeds: key and counter are one Philox block of the seeds. */
function philoxWords(seed0: number, seed1: number, count: number): Int32Array {
  const mixed = philox([...halves(seed0), ...halves(seed1)], [0x3ec8f720n, 0x02461e29n]);
  const words = new Int32Array(count);
  for (let block = 0; block * 4 < count; block++) {
    const four = philox([BigInt(block), 0n, mixed[2]!, mixed[3]!], [mixed[0]!, mixed[1]!]);
    for (let lane = 0; lane < 4 && block * 4 + lane < count; lane++) words[block * 4 + lane] = Number(four[lane]!) | 0;
  }
  return words;
}

describe('Philox, as a reference', () => {
  it('gives the known answers of Random123', () => {
    expect(philox([0n, 0n, 0n, 0n], [0n, 0n])).toEqual([0x6627e8d5n, 0xe169c58dn, 0xbc57ac4cn, 0x9b00dbd8n]);
    const all = 0xffffffffn;
    expect(philox([all, all, all, all], [all, all])).toEqual([0x408f276dn, 0x41c83b0en, 0xa20bc7c6n, 0x6d5451fdn]);
  });
});

describe.skipIf(missing)(name, () => {
  beforeAll(async () => {
    provideBackend(nativeProvider);
    await openBackend('native');
  });

  it('says what it is', async () => {
    const info = await openBackend('native');
    expect(info.name).toBe('native');
    expect(info.version).toMatch(/^\d+\.\d+\.\d+\+(avx512|avx2|base)$/);
    expect(info.device).toMatch(/^CPU, \d+ cores?$/);
    expect(info.threads).toBeGreaterThanOrEqual(1);
  });

  it('runs on the one TensorFlow.js of this process', () => {
    const required = createRequire(import.meta.url)(tfjsFile()) as typeof tf;
    expect(required.engine).toBe(tf.engine);
    expect(tf.backend()).toBeInstanceOf(tf.KernelBackend);
    const [sum] = runNative('AddV2', { T: { type: 'float32' } }, [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])]);
    expect(sum).toBeInstanceOf(tf.Tensor);
  });

  it('multiplies and takes gradients', async () => {
    const product = tf.matMul([[1, 2]], [[3], [4]]);
    expect(await product.data()).toEqual(new Float32Array([11]));
    const slope = tf.grad((x) => tf.sum(tf.erf(x)))(tf.tensor1d([0.5]));
    expect((await slope.data())[0]).toBeCloseTo((2 / Math.sqrt(Math.PI)) * Math.exp(-0.25), 6);
  });

  it('runs an operation that TensorFlow.js does not have, with two outputs', async () => {
    const logits = tf.tensor2d([[1, 2, 4]]);
    const labels = tf.tensor2d([[0, 0, 1]]);
    const [loss, gradient] = runNative(
      'SoftmaxCrossEntropyWithLogits',
      { T: { type: 'float32' } },
      [logits, labels],
      2,
    );
    const sum = Math.exp(1) + Math.exp(2) + Math.exp(4);
    expect((await loss!.data())[0]).toBeCloseTo(Math.log(sum) - 4, 5);
    expect((await gradient!.data())[2]).toBeCloseTo(Math.exp(4) / sum - 1, 5);
  });

  it.each([
    [[0, 0], [7]],
    [
      [1, -1],
      [3, 5],
    ],
    [
      [-2147483648, 2147483647],
      [1, 1, 4097],
    ],
    [[123456789, -987654321], [1_000_003]],
  ] as [[number, number], number[]][])('draws the words of Philox for seeds %j, shape %j', async (seed, shape) => {
    const before = tf.memory().numTensors;
    const words = nativeRandomWords(seed, shape);
    expect(words.shape).toEqual(shape);
    const size = shape.reduce((product, width) => product * width, 1);
    const values = (await words.data()) as Int32Array;
    expect(Buffer.compare(Buffer.from(values.buffer), Buffer.from(randomWords(seed, size).slice().buffer))).toBe(0);
    const checked = Math.min(size, 20_000);
    expect(values.slice(0, checked)).toEqual(philoxWords(...seed, checked));
    words.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('draws the same from a key and a counter given as uint64', () => {
    const b = nativeBinding();
    const mixed = philox([...halves(5), ...halves(-6)], [0x3ec8f720n, 0x02461e29n]).map((value) => Number(value) | 0);
    const uint64 = (words: number[]): number => {
      const signed = b.createTensor([words.length / 2], NATIVE_TYPES.int64, Int32Array.from(words));
      const attributes = nativeAttributes({ T: { type: 'int64' }, type: { type: 'uint64' } });
      const [cast] = b.executeOp('Bitcast', attributes, [signed], 1);
      b.deleteTensor(signed);
      return cast!.id;
    };
    const inputs = [
      b.createTensor([1], NATIVE_TYPES.int32, Int32Array.of(1001)),
      uint64([mixed[0]!, mixed[1]!]),
      uint64([0, 0, mixed[2]!, mixed[3]!]),
      b.createTensor([], NATIVE_TYPES.int32, Int32Array.of(1)),
    ];
    const attributes = nativeAttributes({ dtype: { type: 'int32' }, Tshape: { type: 'int32' } });
    const [out] = b.executeOp('StatelessRandomUniformFullIntV2', attributes, inputs, 1);
    expect(b.tensorDataSync(out!.id)).toEqual(philoxWords(5, -6, 1001));
    for (const id of [...inputs, out!.id]) b.deleteTensor(id);
  });

  it('mutes stderr while TensorFlow loads, and only then', async () => {
    const [newest] = await installations('cpu');
    const script = `const say = (text) => require('node:fs').writeSync(2, text);
      const mute = require(process.argv[1]);
      say('a'); mute(true); say('b'); mute(true); say('c'); mute(false); say('d'); mute(false); say('e');`;
    const ran = await command(process.execPath, ['-e', script, '--', muteFile(packageFolder(newest!.folder))]);
    expect(ran).toEqual({ code: 0, stdout: '', stderr: 'ade' });
  });

  it('opens where Node lacks what Node 23 removed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'adapterfusion-node-'));
    const file = join(folder, 'newer.cjs');
    await writeFile(file, "const util = require('node:util');\ndelete util.isNullOrUndefined;\ndelete util.isArray;\n");
    vi.stubEnv('NODE_OPTIONS', `--require ${file}`);
    const [newest] = await installations('cpu');
    expect(await verifyInstallation(newest!.folder, newest!.tensorflow, 'cpu')).toBe('cpu');
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  it('is not taken for another TensorFlow than the one it is', async () => {
    const [newest] = await installations('cpu');
    await verifyInstallation(newest!.folder, newest!.tensorflow, 'cpu');
    await expect(verifyInstallation(newest!.folder, '0.0.1', 'cpu')).rejects.toMatchObject({
      code: 'NATIVE_INSTALL_FAILED',
      message: expect.stringContaining(`expected TensorFlow 0.0.1; got TensorFlow ${newest!.tensorflow}`) as string,
    });
  });
});

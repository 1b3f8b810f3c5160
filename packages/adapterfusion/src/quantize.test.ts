import { parseSafetensors, toFloat32, weightOf, writeSafetensors } from '@adapterfusion/checkpoint';
import { tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { load, quantize, train } from './index.js';
import { tinyTask } from './memory.spec.js';

const PRECISIONS = ['float16', 'bfloat16', 'int8'] as const;
const files = tinyTask();
const common = { files, backend: 'wasm' as const };
const TEXTS = ['sun rain snow', 'cat dog hen', 'fox sun cat cloud'];
const stored = (folder: string) => parseSafetensors(files.held.get(`${folder}/model.safetensors`)!, folder).tensors;
const jsonOf = (path: string) =>
  JSON.parse(new TextDecoder().decode(files.held.get(path))) as {
    [key: string]: unknown;
    backbone: { fingerprint: string; derivedFrom?: string };
  };

async function warnings(setup: string, model: string): Promise<{ told: string[]; scores: number[] }> {
  const told: string[] = [];
  const loaded = await load(setup, { ...common, model, onWarning: (message) => told.push(message) });
  const answers = await loaded.predict(TEXTS);
  loaded.dispose();
  return { told, scores: answers.flatMap((answer) => Object.values(answer.scores)) };
}

beforeAll(async () => {
  const task = { ...common, model: 'encoder', data: 'rows.tsv', head: { pooling: 'mean' } };
  const settings = { epochs: 4, batchSize: 8, learningRate: 1e-2 };
  for await (const event of train({ ...task, settings, out: 'trained' })) void event;
  for await (const event of train({ ...task, settings: { epochs: 1 }, strategy: 'full', out: 'tuned' })) void event;
});

describe.each(PRECISIONS)('a copy of an encoder at %s', (precision) => {
  const out = `copy-${precision}`;

  it('is written without a backend, and says what it is a copy of', async () => {
    const before = tensorCount();
    const copy = await quantize('encoder', { files, precision, out });
    expect(tensorCount()).toBe(before);
    const original = jsonOf('trained/adapterfusion.json').backbone.fingerprint;
    expect(copy).toMatchObject({ path: out, precision, derivedFrom: original });
    expect(jsonOf(`${out}/adapterfusion.json`)).toMatchObject({
      kind: 'model',
      backbone: { id: 'encoder', fingerprint: copy.fingerprint, derivedFrom: original },
      training: { quantized: precision },
    });
    expect(copy.fingerprint).not.toBe(original);
    expect(copy.bytes.after).toBe(files.held.get(`${out}/model.safetensors`)!.byteLength);
    expect(copy.bytes.before).toBe(files.held.get('encoder/model.safetensors')!.byteLength);
    expect(copy.bytes.after).toBeLessThan(copy.bytes.before);
    expect(copy.worst.error).toBe(Math.max(...copy.tensors.map(({ error }) => error)));
    expect(copy.worst.error).toBeGreaterThan(0);
    expect(files.held.get(`${out}/vocab.txt`)).toEqual(files.held.get('encoder/vocab.txt'));
  });

  it('has every value within half a step of how it is stored', () => {
    const held = stored(out);
    for (const [name, tensor] of stored('encoder')) {
      const copy = held.get(name)!;
      const scales = held.get(`${name}.scale`);
      const matrix = tensor.shape.length === 2;
      expect(copy.dtype, name).toBe({ float16: 'F16', bfloat16: 'BF16', int8: matrix ? 'I8' : 'F32' }[precision]);
      expect(scales === undefined, name).toBe(copy.dtype !== 'I8');
      const factors = scales && toFloat32(scales);
      const values = weightOf(held, copy);
      for (const [index, value] of toFloat32(tensor).entries()) {
        const exponent = Math.floor(Math.log2(Math.abs(value) || 2 ** -14));
        const step = {
          F16: 2 ** (Math.max(exponent, -14) - 10),
          BF16: 2 ** (exponent - 7),
          I8: factors?.[Math.floor(index / tensor.shape[1]!)] ?? 0,
          F32: 0,
        }[copy.dtype as 'F16'];
        expect(Math.abs(values[index]! - value)).toBeLessThanOrEqual(step * (0.5 + 1e-5));
      }
    }
  });

  it('takes what was trained on the original, with one warning and close scores', async () => {
    const exact = await warnings('trained', 'encoder');
    const near = await warnings('trained', out);
    expect(exact.told).toEqual([]);
    expect(near.told).toEqual([expect.stringMatching(/^trained: it was made on "encoder" at another precision/)]);
    const off = Math.max(...near.scores.map((score, index) => Math.abs(score - exact.scores[index]!)));
    expect(off).toBeGreaterThan(0);
    expect(off).toBeLessThan({ float16: 0.002, bfloat16: 0.02, int8: 0.05 }[precision]);
  });

  it('says in its configuration how it is stored', () => {
    const { torch_dtype, quantization_config } = jsonOf(`${out}/config.json`);
    expect(torch_dtype).toBe(precision === 'int8' ? 'float32' : precision);
    expect(quantization_config).toEqual(precision === 'int8' ? { quant_method: 'adapterfusion-int8-rows' } : undefined);
  });
});

describe('copies', () => {
  it('are encoders to train on, whose adapters load on the original and on other copies', async () => {
    const settings = { epochs: 1, batchSize: 8 };
    const on = { ...common, model: 'copy-int8', data: 'rows.tsv', settings };
    for await (const event of train({ ...on, out: 'on-copy' })) void event;
    for (const model of ['encoder', 'copy-float16'])
      expect((await warnings('on-copy', model)).told).toEqual([expect.stringContaining('at another precision')]);
    expect((await warnings('on-copy', 'copy-int8')).told).toEqual([]);
    for await (const event of train({ ...on, strategy: 'full', out: 'tuned-copy' })) void event;
    expect(jsonOf('tuned-copy/config.json').quantization_config).toBeUndefined();
    expect(new Set([...stored('tuned-copy').values()].map(({ dtype }) => dtype))).toEqual(new Set(['F32']));
  });

  it('of a bundle that carries its encoder keep head and origin', async () => {
    await quantize('tuned', { files, precision: 'int8', out: 'tuned-int8' });
    const told: string[] = [];
    const model = await load('tuned-int8', { ...common, onWarning: (message) => told.push(message) });
    expect(model.labels).toEqual(['animal', 'weather']);
    await model.predict(TEXTS);
    model.dispose();
    expect(told).toEqual([]);
    const { backbone, metrics } = jsonOf('tuned-int8/adapterfusion.json');
    const { fingerprint } = jsonOf('tuned/adapterfusion.json').backbone;
    expect(backbone).toMatchObject({ derivedFrom: fingerprint, tunedFrom: { id: 'encoder' } });
    expect(metrics).toEqual([]);
  });

  it('are refused as adapters of another encoder are', async () => {
    await expect(load('trained', { ...common, model: 'tuned-int8' })).rejects.toMatchObject({
      code: 'BACKBONE_MISMATCH',
    });
  });
});

describe('is refused, and nothing is written:', () => {
  const weights = (change: (name: string, data: Float32Array) => void): void => {
    for (const name of ['config.json', 'vocab.txt']) files.held.set(`bad/${name}`, files.held.get(`encoder/${name}`)!);
    const tensors = [...stored('encoder').values()].map(({ name, shape, ...rest }) => {
      const data = toFloat32({ name, shape, ...rest }).slice();
      change(name, data);
      return { name, shape, data };
    });
    files.held.set('bad/model.safetensors', writeSafetensors(tensors));
  };
  const NAME = 'encoder.layer.1.output.dense.weight';
  const one = (value: number) => () => weights((name, data) => (name === NAME ? data.fill(value, 3, 4) : data));
  it.each([
    ['a copy', 'copy-int8', 'float16', 'UNSUPPORTED', 'a copy at another one already'],
    ['a copy that lost its manifest', 'bare', 'float16', 'UNSUPPORTED', 'a copy at another one already'],
    ['another precision', 'encoder', 'int4', 'OPTIONS_INVALID', '"int8"'],
    ['a value beyond float16', 'bad', 'float16', 'TENSORS_INVALID', `${NAME}: expected values that float16`, 70000],
    ['a value beyond bfloat16', 'bad', 'bfloat16', 'TENSORS_INVALID', NAME, 3.4e38],
    ['a value that is none', 'bad', 'int8', 'TENSORS_INVALID', `${NAME}: expected values that int8`, NaN],
    ['no encoder', 'gone', 'int8', 'FILE_NOT_FOUND', 'gone'],
    ['a bundle without encoder', 'trained', 'int8', 'BUNDLE_INVALID', 'trained'],
  ])('%s', async (_name, model, precision, code, says, value?: number) => {
    for (const name of ['config.json', 'vocab.txt', 'model.safetensors'])
      files.held.set(`bare/${name}`, files.held.get(`copy-int8/${name}`)!);
    if (value !== undefined) one(value)();
    const refused = quantize(model, { files, precision: precision as 'int8', out: 'no' });
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(says) as string });
    expect(files.below('no')).toEqual([]);
  });

  it('a place that is taken, unless it is a bundle to replace; never its original', async () => {
    const to = (out: string, overwrite: boolean) => quantize('tuned', { files, precision: 'int8', out, overwrite });
    await expect(to('copy-int8', false)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    await expect(to('encoder', true)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    await expect(to('tuned', true)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    await to('copy-int8', true);
    expect(jsonOf('copy-int8/adapterfusion.json')).toMatchObject({ backbone: { tunedFrom: { id: 'encoder' } } });
  });

  it('an encoder that is at the precision already', async () => {
    for (const name of ['config.json', 'vocab.txt', 'model.safetensors'])
      files.held.set(`half/${name}`, files.held.get(`copy-float16/${name}`)!);
    await expect(quantize('half', { files, precision: 'float16', out: 'no' })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    expect((await quantize('half', { files, precision: 'int8', out: 'of-half' })).bytes.after).toBeGreaterThan(0);
  });

  it('factors that do not belong to a matrix', async () => {
    const cut = [...stored('copy-float16').values()].map(({ name, shape, ...rest }) => ({
      name,
      shape,
      data: name === NAME ? new Int8Array(shape[0]! * shape[1]!) : toFloat32({ name, shape, ...rest }),
    }));
    files.held.set('bad/model.safetensors', writeSafetensors(cut));
    await expect(load('trained', { ...common, model: 'bad' })).rejects.toMatchObject({
      code: 'TENSORS_INVALID',
      at: NAME,
    });
  });
});

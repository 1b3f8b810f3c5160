import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adapterfusionShared, eventsOf, scratch, treeOf } from './process.spec.js';
import { writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

const folder = scratch();
writeEncoder(join(folder, 'encoder'), 1);
const quantize = (...args: string[]) => adapterfusionShared(['quantize', '--model', 'encoder', ...args], folder);

it('writes a copy, and says how large it is, how far off, and what to do next', async () => {
  const { code, stdout, stderr } = await quantize('--precision', 'float16', '--out', 'half');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^saved half: model\.safetensors of 0\.0\d+ MB instead of 0\.\d+ MB \(5\d\.\d %\)$/m);
  expect(stdout).toMatch(/^largest error: 0\.0\d+ % of the largest entry of \S+$/m);
  expect(stdout).toMatch(/^next: npx adapterfusion evaluate BUNDLE --model half --data FILE$/m);
  expect(readdirSync(join(folder, 'half')).sort()).toEqual(
    ['README.md', 'adapterfusion.json', 'config.json', 'model.safetensors', 'vocab.txt', 'weights.safetensors'].sort(),
  );
  expect(readFileSync(join(folder, 'half/README.md'), 'utf8')).toContain('a copy at another precision');
});

it('--json gives the same as data, each tensor with its error', async () => {
  const ended = await quantize('--precision', 'int8', '--out', 'int8', '--json');
  const [event, ...more] = eventsOf(ended);
  expect(more).toEqual([]);
  expect(event).toMatchObject({ type: 'quantized', path: 'int8', precision: 'int8', worst: { dtype: 'I8' } });
  const { tensors, bytes } = event as unknown as { tensors: object[]; bytes: { before: number; after: number } };
  expect(tensors).toContainEqual({
    path: 'embeddings.LayerNorm.weight',
    shape: [32],
    dtype: 'F32',
    error: 0,
  });
  expect(bytes.after).toBeLessThan(bytes.before / 2);
});

it('refuses a taken place, a copy of a copy and another precision, and writes nothing', async () => {
  const before = treeOf(folder);
  const taken = await quantize('--precision', 'int8', '--out', 'half');
  expect({ code: taken.code, stderr: taken.stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error FILE_EXISTS: half: .*--overwrite/) as string,
  });
  const again = await quantize('--model', 'int8', '--precision', 'float16', '--out', 'no');
  expect(again.stderr).toMatch(/^error UNSUPPORTED: int8: .*Name the original with --model/);
  const unknown = await quantize('--precision', 'int4', '--out', 'no');
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/^error USAGE: .*Allowed choices are float16, bfloat16, int8/);
  expect(treeOf(folder)).toEqual(before);
});

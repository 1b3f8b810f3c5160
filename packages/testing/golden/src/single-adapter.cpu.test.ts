import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Model } from '@adapterfusion/model';
import { combineAdapters } from '@adapterfusion/model/combine';
import { dispose, openBackend, read, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { fusedModel, type Fuse } from './fused-tiny-model.js';
import { farthest } from './numbers.js';
import { batchOf } from './tiny-model.js';

const fixtures = fileURLToPath(new URL('../fixtures/encoders/', import.meta.url));
const batch = batchOf(JSON.parse(readFileSync(`${fixtures}bert/batch.json`, 'utf8')) as Parameters<typeof batchOf>[0]);

async function hiddenOf(model: Model): Promise<Float32Array> {
  const { hidden, mask } = model.forward(batch);
  const values = Float32Array.from(await read(hidden));
  dispose([hidden, mask]);
  return values;
}

beforeAll(() => openBackend('cpu'));

const bottlenecks = [
  'seq_bn[reduction_factor=4]',
  'seq_bn[reduction_factor=2,scaling=channel,dropout=0.1]',
  'seq_bn[reduction_factor=3,scaling=learned,init_weights=houlsby]',
];
const loras = ['lora[r=2,alpha=8]', 'lora[r=5,alpha=3,dropout=0.1]', 'lora[r=1,alpha=1]'];
const everywhere = 'attn_matrices=["q","k","v","o"],intermediate_lora=true,output_lora=true';

describe.each(['scaling', 'scaling[per=number]', 'average'])('one adapter in the place of the fusion %s', (fusion) => {
  it.each<[string, readonly string[], Partial<Fuse>]>([
    ['bottleneck adapters of different widths and scales', bottlenecks, {}],
    ['one adapter', bottlenecks.slice(0, 1), {}],
    ['adapters at both places', ['double_seq_bn', 'double_seq_bn[reduction_factor={"0":2,"default":8}]'], {}],
    ['LoRAs of different ranks and alphas', loras, {}],
    ['LoRAs at all projections', [`lora[r=2,${everywhere}]`, `lora[r=3,alpha=1,${everywhere}]`], {}],
    ['a fusion with the child none', bottlenecks, { children: ['a', { type: 'none' }, 'b', 'c'] }],
    ['a fusion whose first adapter leads', bottlenecks, { lead: 'a', inputs: 'lead' }],
    ['a fusion that is pruned at a site', bottlenecks, { keep: { '0/output_adapter': ['c', 'b'] } }],
  ])('computes the same to 1e-6, for %s', async (_, methods, more) => {
    const before = tensorCount();
    const model = await fusedModel(methods, fusion, more);
    const wanted = await hiddenOf(model);
    model.compose('a');
    expect(farthest(await hiddenOf(model), wanted), 'a fusion that matters').toBeGreaterThan(
      methods.length > 1 ? 0.01 : -1,
    );
    model.compose({ type: 'fuse', fusion: 'f', children: methods.map((__, at) => 'abcdef'[at]!), ...more });
    const held = tensorCount();
    const { configured, values, adapters } = await combineAdapters(model);
    expect(tensorCount(), 'tensors left behind').toBe(held);
    expect(adapters).toEqual(methods.map((__, at) => 'abcdef'[at]));
    model.addAdapter('one', configured, { values });
    model.compose('one');
    expect(farthest(await hiddenOf(model), wanted)).toBeLessThan(1e-6);
    model.dispose();
    expect(tensorCount()).toBe(before);
  });
});

describe('a fusion that is not one adapter', () => {
  it.each<[string, readonly string[], string, Partial<Fuse>, RegExp]>([
    [
      'attention',
      bottlenecks,
      'attention',
      {},
      /weights do not depend on the tokens; got one of the method "attention"/,
    ],
    ['adapters of two methods', ['ia3', 'lora'], 'scaling', {}, /expected the method "lora".*got "ia3"/],
    ['adapters at other sites', ['seq_bn', 'seq_bn[leave_out=[0]]'], 'scaling', {}, /the sites 1\/output_adapter/],
    ['activations', ['seq_bn', 'seq_bn[non_linearity=gelu]'], 'scaling', {}, /non_linearity "gelu"/],
    ['a gate', ['seq_bn', 'seq_bn[use_gating=true]'], 'scaling', {}, /use_gating false; got true/],
    ['a gate of LoRA', ['lora', 'lora[use_gating=true]'], 'scaling', {}, /use_gating: a gate/],
    ['a norm before', ['seq_bn[ln_before=true]', 'seq_bn'], 'scaling', {}, /ln_before false; got true/],
    ['a norm after', ['seq_bn[ln_after=true]', 'seq_bn[ln_after=true]'], 'scaling', {}, /ln_after false; got true/],
    ['parallel adapters', ['par_bn', 'par_bn'], 'scaling', {}, /is_parallel false; got true/],
    ['(IA)³', ['ia3', 'ia3'], 'scaling', {}, /can be combined; got the method "ia3"/],
    [
      'a stack in it',
      bottlenecks,
      'scaling',
      { children: [{ type: 'stack', children: ['a', 'b'] }, 'c'] },
      /"stack" inside/,
    ],
    ['a site without children', bottlenecks, 'scaling', { keep: { '0/output_adapter': [] } }, /all of them are pruned/],
  ])('is refused with its reason: %s', async (_, methods, fusion, more, message) => {
    const model = await fusedModel(methods, fusion, more);
    await expect(combineAdapters(model)).rejects.toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringMatching(message) }),
    );
    model.dispose();
  });

  it('is refused where the composition is no fusion', async () => {
    const model = await fusedModel(bottlenecks, 'scaling');
    model.compose('a');
    await expect(combineAdapters(model)).rejects.toThrow(/got the adapter "a" alone/);
    model.compose(undefined);
    await expect(combineAdapters(model)).rejects.toThrow(/got none/);
    model.dispose();
  });
});

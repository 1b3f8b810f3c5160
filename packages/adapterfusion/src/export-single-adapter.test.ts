import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  exportAdapterHub,
  exportCompiled,
  exportPeft,
  exportSingleAdapter,
  fuse,
  importAdapterHub,
  inspect,
  load,
  train,
  type RunEvent,
} from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const common = { files, backend: 'wasm' as const, model: 'encoder' };
/** Weights of a usual size: the comparison is of absolute differences. */
const headStart = 'random' as const;
const task = { ...common, headStart, data: 'rows.tsv', settings: { epochs: 4, batchSize: 8, learningRate: 1e-2 } };
const inputs = ['sun rain snow', 'cat dog hen', 'rain cat', 'snow'];

async function drain(run: AsyncIterable<RunEvent>): Promise<void> {
  for await (const _ of run);
}

async function logitsOf(bundle: string): Promise<number[][]> {
  const model = await load(bundle, common);
  const predictions = await model.predict(inputs, { logits: true });
  model.dispose();
  return predictions.map(({ logits }) => [...logits!]);
}

/** The largest difference of the logits of two bundles. */
async function apart(one: string, other: string): Promise<number> {
  const [a, b] = [await logitsOf(one), await logitsOf(other)];
  return Math.max(...a.flatMap((row, at) => row.map((value, label) => Math.abs(value - b[at]![label]!))));
}

beforeAll(async () => {
  await openBackend('wasm');
  for (const [name, adapter] of [
    ['a', 'seq_bn[reduction_factor=4]'],
    ['b', 'seq_bn[reduction_factor=2,scaling=channel]'],
    ['l', 'lora[r=2,alpha=4]'],
    ['m', 'lora[r=3,alpha=1]'],
  ] as const)
    await drain(train({ ...task, settings: { ...task.settings, seed: name.charCodeAt(0) }, out: name, name, adapter }));
  const fused = { ...task, compare: false };
  await drain(fuse({ ...fused, name: 'scaled', out: 'scaled', adapters: ['a', 'b'], fusion: 'scaling' }));
  await drain(fuse({ ...fused, name: 'mean', out: 'mean', adapters: ['a', 'b'], fusion: 'average' }));
  await drain(fuse({ ...fused, name: 'loras', out: 'loras', adapters: ['l', 'm'], fusion: 'scaling[per=number]' }));
  await drain(fuse({ ...fused, name: 'attended', out: 'attended', adapters: ['a', 'b'], fusion: 'attention' }));
});

describe('exportSingleAdapter', () => {
  it.each([
    ['scaled', 'seq_bn', ['a', 'b']],
    ['mean', 'seq_bn', ['a', 'b']],
    ['loras', 'lora', ['l', 'm']],
  ])('writes an ordinary adapter with the logits of the fusion: %s', async (name, method, adapters) => {
    const before = tensorCount();
    const written = await exportSingleAdapter(name, { ...common, out: `${name}-one` });
    expect(tensorCount()).toBe(before);
    expect(written).toMatchObject({ path: `${name}-one`, adapter: name, adapters });
    expect(written.plugin).toMatch(new RegExp(`#${method}$`));
    const { parts, composition } = await inspect(`${name}-one`, common);
    expect(composition).toBe(name);
    expect(parts.map(({ kind }) => kind)).toEqual(['encoder', 'adapter', 'head']);
    expect(parts[1]!.parameters).toBe(written.parameters.after);
    expect(await apart(name, `${name}-one`)).toBeLessThan(1e-6);
  });

  it('writes a bundle that is fused and trained on like any other', async () => {
    await exportSingleAdapter('scaled', { ...common, out: 'renamed', name: 'renamed' });
    await drain(
      fuse({ ...task, compare: false, name: 'again', out: 'again', adapters: ['renamed', 'b'], fusion: 'scaling' }),
    );
    expect(await exportSingleAdapter('again', { ...common, out: 'again-one' })).toMatchObject({
      adapters: ['renamed', 'b'],
    });
    expect(await apart('again', 'again-one')).toBeLessThan(1e-6);
  });

  it('writes a bundle that Python libraries can be given', async () => {
    const hub = await exportAdapterHub('scaled-one', { files, out: 'hub' });
    expect(hub).toMatchObject({ adapters: ['scaled'], fusions: [], heads: ['scaled'] });
    await importAdapterHub('hub', { ...common, out: 'back', backboneUnverified: true });
    expect(await apart('scaled', 'back')).toBeLessThan(1e-6);
    expect((await exportPeft('loras-one', { files, out: 'peft' })).files).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
    ]);
    await expect(exportPeft('scaled-one', { files, out: 'peft-bottleneck' })).rejects.toThrow(/expected LoRA/);
    await expect(exportPeft('loras', { files, out: 'peft-fusion' })).rejects.toThrow(/a bundle of one adapter/);
  });

  it('refuses what is no such fusion, what is compiled, and a place that is taken', async () => {
    const refusal = (code: string) => expect.objectContaining({ code }) as Error;
    await expect(exportSingleAdapter('attended', { ...common, out: 'x' })).rejects.toThrow(refusal('UNSUPPORTED'));
    await expect(exportSingleAdapter('a', { ...common, out: 'x' })).rejects.toThrow(refusal('UNSUPPORTED'));
    await exportCompiled('scaled', { ...common, out: 'compiled' });
    expect(await apart('scaled', 'compiled')).toBeLessThan(1e-6);
    await expect(exportSingleAdapter('compiled', { ...common, out: 'x' })).rejects.toThrow(refusal('BUNDLE_COMPILED'));
    await expect(exportSingleAdapter('scaled', { ...common, out: 'a' })).rejects.toThrow(refusal('FILE_EXISTS'));
    expect(files.below('x')).toEqual([]);
  });
});

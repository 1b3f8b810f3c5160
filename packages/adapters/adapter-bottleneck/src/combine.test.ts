import type { AdapterTerm, Site } from '@adapterfusion/contracts';
import { openBackend, read, tensor } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { factorFor } from './combine.js';
import { seqBn } from './index.js';
import { bottleneckSize } from './size.js';

beforeAll(() => openBackend('cpu'));

const siteOf = (layer: number): Site => ({
  name: `${layer}/output_adapter`,
  role: 'sublayer',
  layer,
  location: 'output_adapter',
  inDim: 2,
  outDim: 2,
});

/** A term of bottleneck 1 or 2 in layers 0 and 1. */
function term(
  name: string,
  sizes: readonly number[],
  weight: readonly number[],
  scaling: number | 'channel',
): AdapterTerm {
  const sites = sizes.map((size, layer) => {
    const values = (count: number, from: number): number[] => Array.from({ length: count }, (_, at) => from + at);
    const params = {
      'down.weight': tensor(values(2 * size, 1), [size, 2]),
      'down.bias': tensor(values(size, 5), [size]),
      'up.weight': tensor(values(2 * size, 7), [2, size]),
      'up.bias': tensor([1, 10], [2]),
      ...(scaling === 'channel' ? { scaling: tensor([2, 3], [2]) } : {}),
    };
    return [
      `${layer}/output_adapter`,
      { site: siteOf(layer), params, weight: tensor(weight, [weight.length]) },
    ] as const;
  });
  const factors = Object.fromEntries(sizes.map((size, layer) => [layer, 2 / size]));
  return { name, options: seqBn({ reduction_factor: factors, scaling }).options, sites: new Map(sites) };
}

const adapter = seqBn({ reduction_factor: { 0: 2, 1: 1 } }).create({ hidden: 2, layers: 2 });

describe('combine', () => {
  it('stacks down-projections, and folds weight and scale into up-projections and biases', async () => {
    const made = adapter.combine!([term('a', [1, 2], [0.5], 4), term('b', [1, 1], [-1, 2], 'channel')]);
    const at = async (name: string) => [...(await read(made.sites.get('0/output_adapter')![name]!))];
    expect(await at('down.weight')).toEqual([1, 2, 1, 2]);
    expect(await at('down.bias')).toEqual([5, 5]);
    expect(await at('up.weight')).toEqual([14, -14, 16, 48]);
    expect(await at('up.bias')).toEqual([2 - 2, 20 + 60]);
    expect(made.sites.get('1/output_adapter')!['up.weight']!.shape).toEqual([2, 3]);
    expect(made.options).toEqual({
      ...seqBn().options,
      reduction_factor: { 0: 1, 1: factorFor(2, 3) },
      scaling: 1,
    });
  });

  it('writes one reduction factor where all layers have it', () => {
    expect(adapter.combine!([term('a', [1, 1], [1], 1)]).options['reduction_factor']).toBe(2);
  });
});

describe('factorFor', () => {
  it('gives the factor of every size, divided as here and as Python does', () => {
    for (const width of [8, 32, 312, 384, 768, 1024])
      for (let size = 1; size <= 2 * width; size++) {
        const factor = factorFor(width, size);
        expect([width, size, bottleneckSize(width, factor), Math.floor(width / factor)]).toEqual([
          width,
          size,
          size,
          size,
        ]);
      }
  });
});

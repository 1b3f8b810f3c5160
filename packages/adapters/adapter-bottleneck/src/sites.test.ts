import type { Adapter, Site, SiteContext } from '@adapterfusion/contracts';
import { add, fill, mul, openBackend, parameterRandom, read } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { doubleSeqBn, parBn, seqBn } from './index.js';

const site: Site = {
  name: '1/output_adapter',
  role: 'sublayer',
  layer: 1,
  location: 'output_adapter',
  inDim: 8,
  outDim: 8,
};
const backbone = { hidden: 8, layers: 2 };
const sites = [0, 1].flatMap((layer) =>
  ['mh_adapter', 'output_adapter'].map((location): Site => ({
    ...site,
    layer,
    location,
    name: `${layer}/${location}`,
  })),
);
const names = (adapter: Adapter): string[] => sites.filter((at) => adapter.actsAt(at)).map(({ name }) => name);

function context(): Required<Omit<SiteContext, 'train'>> {
  const [x, y, residual] = [fill([1, 2, 8], 1), fill([1, 2, 8], 2), fill([1, 2, 8], 3)];
  const norm = (value: typeof x) => mul(value, 0.5);
  const shared = norm(add(y, residual));
  const mask = fill([1, 2], 1);
  return { site, scopeName: 'adapters/a', x, y, h: y, residual, norm, normed: () => shared, mask, batch: 1, time: 2 };
}

beforeAll(async () => {
  await openBackend('cpu');
});

describe('where it acts', () => {
  it('is where the options say', () => {
    expect(names(seqBn().create(backbone))).toEqual(['0/output_adapter', '1/output_adapter']);
    expect(names(doubleSeqBn().create(backbone))).toEqual(sites.map(({ name }) => name));
    expect(names(parBn({ leave_out: [0] }).create(backbone))).toEqual(['1/output_adapter']);
    expect(
      seqBn()
        .create(backbone)
        .actsAt({ ...site, role: 'linear' }),
    ).toBe(false);
  });

  it('adds the residual and nothing else where the encoder normalises before the sub-layer', async () => {
    const adapter = seqBn().create(backbone);
    const { norm: _, ...rest } = context();
    const sum = add(rest.y, rest.residual);
    const ctx = { ...rest, normed: () => sum };
    const { input, residual } = adapter.prepareInput({}, ctx);
    expect([input, residual]).toEqual([sum, ctx.h]);
    expect([...(await read(adapter.prepareInput({}, { ...ctx, h: ctx.x }).input))]).toEqual(new Array(16).fill(4));
    expect([...(await read(adapter.completeSublayer(ctx, ctx.h)))]).toEqual(new Array(16).fill(5));
  });

  it('refuses a site without residual', () => {
    const adapter = seqBn().create(backbone);
    const { norm: _, residual: __, ...bare } = context();
    const unsupported = expect.objectContaining({ code: 'SITE_UNSUPPORTED', at: '1/output_adapter' }) as Error;
    expect(() => adapter.prepareInput(adapter.init(site, parameterRandom(1, 'x')), bare)).toThrow(unsupported);
    expect(() => adapter.completeSublayer(bare, bare.h)).toThrow(unsupported);
  });

  it('reads the norm that all adapters at the site share, while no other has changed the value', () => {
    const adapter = seqBn().create(backbone);
    const ctx = context();
    expect(adapter.prepareInput({}, ctx).input).toBe(ctx.normed());
    expect(adapter.prepareInput({}, { ...ctx, h: ctx.x }).input).not.toBe(ctx.normed());
  });

  it('flows as its kind', () => {
    expect(seqBn().create(backbone).flow).toBe('sequential');
    expect(parBn().create(backbone).flow).toBe('parallel');
  });
});

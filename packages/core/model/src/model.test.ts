import { AdapterFusionError } from '@adapterfusion/contracts';
import { dispose, openBackend, read, tensorCount } from '@adapterfusion/tensor';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Composition, Model } from './index.js';
import { batchOf, hiddenOf, layers, rowsSeen, toyFusion, toyModel, width } from './toys.spec.js';

type Fuse = Extract<Composition, { type: 'fuse' }>;

let model: Model;
let before = 0;
const batch = batchOf([
  [1, 2, 3, 4],
  [5, 6, 0, 1],
  [2, 4, 6, 1],
]);
const none = { type: 'none' } as const;
const fuse = (fusion: string, children: Fuse['children'], more: Partial<Fuse> = {}): Fuse => ({
  type: 'fuse',
  fusion,
  children,
  ...more,
});
const run = (composition: unknown, options?: Parameters<typeof hiddenOf>[3]): Promise<Float32Array[]> =>
  hiddenOf(model, composition, batch, options);
const add = (node: Fuse, equal = false): Fuse => {
  if (!model.fusions.has(node.fusion)) model.addFusion(toyFusion({ equal }), node, { seed: 3 });
  return node;
};

function expectRows(got: readonly Float32Array[], want: readonly Float32Array[], digits = 5): void {
  expect(got.length).toBe(want.length);
  got.forEach((row, index) => {
    expect(row.length).toBe(want[index]!.length);
    row.forEach((value, at) => expect(value, `row ${index}, value ${at}`).toBeCloseTo(want[index]![at]!, digits));
  });
}

const differ = (a: readonly Float32Array[], b: readonly Float32Array[]): boolean =>
  a.some((row, index) => row.some((value, at) => Math.abs(value - b[index]![at]!) > 1e-3));

function refusal(body: () => unknown): AdapterFusionError {
  try {
    body();
  } catch (error) {
    if (AdapterFusionError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

beforeAll(async () => {
  await openBackend('cpu');
  before = tensorCount();
  model = toyModel();
});
afterAll(() => {
  model.dispose();
  expect(tensorCount(), 'tensors left after dispose()').toBe(before);
});

describe('a pass', () => {
  let alive = 0;
  let held = 0;
  beforeEach(() => void ([alive, held] = [tensorCount(), model.parameters.paths().length]));
  afterEach(() => {
    model.compose(undefined);
    expect(tensorCount() - model.parameters.paths().length, 'tensors left behind').toBe(alive - held);
  });

  it('of the bare encoder differs from one with an adapter', async () => {
    expect(differ(await run(undefined), await run('a'))).toBe(true);
    expectRows(await run(none), await run(undefined), 7);
  });

  it('runs an adapter at a linear site', async () => {
    expect(differ(await run('linear'), await run(undefined))).toBe(true);
  });

  it('of a stack of one is the adapter, of two is neither nor reversed', async () => {
    expectRows(await run({ type: 'stack', children: ['a'] }), await run('a'), 7);
    const both = await run({ type: 'stack', children: ['a', 'b'] });
    expect(differ(both, await run('a'))).toBe(true);
    expect(differ(both, await run({ type: 'stack', children: ['b', 'a'] }))).toBe(true);
    expectRows(await run({ type: 'stack', children: ['a', none] }), await run('a'), 7);
  });

  it('skips layers', async () => {
    expectRows(await run('a', { skip: [0, 1, 2] }), await run(undefined), 7);
    expectRows(await run('twice', { skip: [0, 2] }), await run('twice', { skip: [2, 0, 0] }), 7);
    expect(differ(await run('a', { skip: [1] }), await run('a'))).toBe(true);
  });

  it('collects what leaves every layer', async () => {
    model.compose('a');
    const { hidden, mask, hiddenStates } = model.forward(batch, { hiddenStates: true });
    expect(hiddenStates.map(({ shape }) => shape)).toEqual(Array.from({ length: layers }, () => [3, 4, width]));
    expect(await read(hiddenStates[layers - 1]!)).toEqual(await read(hidden));
    dispose([hidden, mask, ...hiddenStates]);
  });

  describe('averages', () => {
    for (const name of ['a', 'p', 'twice', 'linear'])
      it(`${name} with itself to ${name}`, async () => {
        expectRows(await run({ type: 'average', children: [name, name] }), await run(name));
        expectRows(await run({ type: 'average', weights: [3, 1], children: [name, name] }), await run(name));
      });

    it('by weights, in their ratio', async () => {
      const average = (...weights: number[]) => run({ type: 'average', weights, children: ['a', 'b'] });
      expectRows(await average(1, 0), await run('a'));
      expectRows(await average(0, 5), await run('b'));
      expectRows(await average(2, 6), await average(0.25, 0.75));
      expect(differ(await average(1, 3), await average(3, 1))).toBe(true);
      expectRows(await average(1, 1), await run({ type: 'average', children: ['a', 'b'] }));
    });
  });

  describe('fuses', () => {
    it('with weights that sum to 1, also with none, in the order of the children', async () => {
      model.compose(add(fuse('abn', ['a', none, 'b'])));
      const { hidden, mask, attention } = model.forward(batch, { attention: true });
      expect(attention.map(({ site, names }) => [site.name, names])).toEqual(
        Array.from({ length: layers }, (_, layer) => [`${layer}/output_adapter`, ['a', 'none', 'b']]),
      );
      const weights = await read(attention[0]!.weights);
      expect(weights.length).toBe(3 * 4 * 3);
      for (let at = 0; at < weights.length; at += 3)
        expect(weights[at]! + weights[at + 1]! + weights[at + 2]!).toBeCloseTo(1, 6);
      dispose([hidden, mask, ...attention.map(({ weights: each }) => each)]);
    });

    it('one adapter to that adapter, and an adapter with none by half', async () => {
      expectRows(await run(add(fuse('a', ['a']))), await run('a'));
      const half = await run(add(fuse('an', ['a', none]), true), { skip: [1, 2] });
      expect(differ(half, await run('a', { skip: [1, 2] }))).toBe(true);
      expect(differ(half, await run(undefined))).toBe(true);
    });

    it('with the last child as the lead by default', async () => {
      const children = ['a', 'p'];
      const first = await run(add(fuse('ap', children), true));
      expectRows(await run(fuse('ap', children, { lead: 'p' })), first, 7);
      expect(differ(await run(fuse('ap', children, { lead: 'a' })), first)).toBe(true);
    });

    it('with the last child present where the named lead is absent', async () => {
      const children = ['a', 'b', 'c'];
      const skip = { skip: [1] };
      add(fuse('abc', children));
      expectRows(
        await run(fuse('abc', children, { lead: 'c' }), skip),
        await run(fuse('abc', children, { lead: 'b' }), skip),
        7,
      );
    });

    it('without a child that is absent at a site', async () => {
      model.compose(add(fuse('abc', ['a', 'b', 'c'])));
      const { hidden, mask, attention } = model.forward(batch, { attention: true });
      expect(attention.map(({ names }) => names)).toEqual([
        ['a', 'b'],
        ['a', 'b', 'c'],
        ['a', 'b'],
      ]);
      dispose([hidden, mask, ...attention.map(({ weights }) => weights)]);
    });

    it('each child on its own input or all on the lead’s', async () => {
      const children = ['p', 'a'];
      const own = await run(add(fuse('pa', children)));
      expect(differ(await run(fuse('pa', children, { inputs: 'lead' })), own)).toBe(true);
      expectRows(await run(fuse('pa', children, { inputs: 'own' })), own, 7);
      const alike = await run(add(fuse('ab', ['a', 'b'])));
      expectRows(await run(fuse('ab', ['a', 'b'], { inputs: 'lead' })), alike, 7);
    });

    it('different methods at the sites they share', async () => {
      const node = add(fuse('a twice', ['a', 'twice']));
      model.compose(node);
      const { hidden, mask, attention } = model.forward(batch, { attention: true });
      expect(attention.map(({ site, names }) => `${site.name}: ${names.join()}`).slice(0, 2)).toEqual([
        '0/mh_adapter: twice',
        '0/output_adapter: a,twice',
      ]);
      dispose([hidden, mask, ...attention.map(({ weights }) => weights)]);
    });

    it('a masked child out of the softmax', async () => {
      const masked = await run(add(fuse('ab', ['a', 'b'])), { mask: ['a'] });
      expectRows(masked, await run('b'));
      expectRows(
        await run(add(fuse('abn', ['a', none, 'b'])), { mask: ['a'] }),
        await run(add(fuse('nb', [none, 'b']))),
      );
    });

    it('no mask of everything, or of something that is not fused', () => {
      model.compose(add(fuse('ab', ['a', 'b'])));
      expect(refusal(() => model.forward(batch, { mask: ['a', 'b'] })).message).toContain('all of a, b masked');
      expect(refusal(() => model.forward(batch, { mask: ['c'] })).message).toContain(
        'children of a fusion: a, b; got "c"',
      );
      model.compose(add(fuse('stack', [{ type: 'stack', children: ['a', 'b'] }])));
      expect(refusal(() => model.forward(batch, { mask: ['a'] })).message).toContain(
        'children of a fusion: b; got "a"',
      );
    });

    it('nothing where a mask leaves no child that acts there', async () => {
      expectRows(await run(add(fuse('present', ['a', 'twice'])), { mask: ['twice'] }), await run('a'));
      const keep = Object.fromEntries(
        [0, 1, 2].map((layer) => [`${layer}/output_adapter`, layer === 1 ? ['a'] : ['b']]),
      );
      expectRows(await run(add(fuse('ab', ['a', 'b'], { keep })), { mask: ['a'] }), await run('b', { skip: [1] }));
    });

    it('a stack as its last member, which reads what the first has changed', async () => {
      const stacked = await run(add(fuse('stack', [{ type: 'stack', children: ['a', 'b'] }])));
      expect(differ(stacked, await run('b'))).toBe(true);
      expect(differ(stacked, await run('a'))).toBe(true);
    });
  });

  describe('splits', () => {
    const part = (rows: readonly Float32Array[], from: number, to: number) =>
      rows.map((row) => row.slice(from * width, to * width));

    it('tokens, those without adapter going on alone', async () => {
      const split = await run({ type: 'split', splits: [1, 3], children: ['a', none] });
      expectRows(part(split, 0, 1), part(await run('a'), 0, 1));
      expectRows(part(split, 1, 4), part(await run(undefined), 1, 4));
      const nested = await run({
        type: 'split',
        splits: [2, 2],
        children: [{ type: 'split', splits: [1, 1], children: ['a', 'p'] }, 'b'],
      });
      expectRows(part(nested, 1, 2), part(await run('p'), 1, 2));
      expectRows(part(nested, 2, 4), part(await run('b'), 2, 4));
    });

    it('no tokens that are not there', () => {
      model.compose({ type: 'split', splits: [1, 2], children: ['a', 'b'] });
      expect(refusal(() => model.forward(batch)).message).toContain('4 tokens there are; got 1 + 2 = 3');
    });

    it('rows, also none for a child', async () => {
      const split = await run({ type: 'batch-split', sizes: [0, 1, 2], children: ['b', 'a', none] });
      expectRows(split.slice(0, 1), (await run('a')).slice(0, 1));
      expectRows(split.slice(1), (await run(undefined)).slice(1));
      model.compose({ type: 'batch-split', sizes: [2, 2], children: ['a', 'b'] });
      expect(refusal(() => model.forward(batch)).message).toContain('3 rows there are; got 2 + 2 = 4');
    });

    it('rows by adapter', async () => {
      const alone = { a: await run('a'), p: await run('p'), none: await run(undefined) };
      const rows = await run(undefined, { adapters: ['p', null, 'a'] });
      expectRows(rows, [alone.p[0]!, alone.none[1]!, alone.a[2]!]);
      const mixed = await run(undefined, { adapters: ['p', 'a', 'p'] });
      expectRows(mixed, [alone.p[0]!, alone.a[1]!, alone.p[2]!]);
      expectRows(await run(undefined, { adapters: [null, null, null] }), alone.none);
      expect(refusal(() => model.forward(batch, { adapters: ['a'] })).message).toContain('each of 3 rows; got 1');
      const unknown = refusal(() => model.forward(batch, { adapters: ['a', 'z', null] }));
      expect([unknown.code, unknown.message]).toEqual(['COMPOSITION_INVALID', expect.stringContaining('got "z"')]);
    });

    it('rows by adapter in every layer that is collected', async () => {
      model.compose(undefined);
      const { hidden, mask, hiddenStates } = model.forward(batch, { adapters: ['p', null, 'p'], hiddenStates: true });
      expect(await read(hiddenStates[layers - 1]!)).toEqual(await read(hidden));
      dispose([hidden, mask, ...hiddenStates]);
    });

    it('a parallel block into passes of their own, repeating rows where the first adapter acts', async () => {
      const node = add(fuse('ab', ['a', 'b']));
      const apart = [...(await run('c')), ...(await run(node)), ...(await run(undefined))];
      expectRows(await run({ type: 'parallel', children: ['c', node, none] }), apart);
      expect(rowsSeen).toEqual([9, 9, 9]);
      const late = await run({ type: 'parallel', children: ['c', none] });
      expect(rowsSeen).toEqual([3, 6, 6]);
      expectRows(late, [...(await run('c')), ...(await run(undefined))]);
      expectRows(await run({ type: 'parallel', children: [none, none] }), [
        ...(await run(undefined)),
        ...(await run(undefined)),
      ]);
      expect(rowsSeen).toEqual([3, 3, 3]);
    });
  });
});

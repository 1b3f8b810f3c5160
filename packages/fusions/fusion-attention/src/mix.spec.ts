import type { Child, Fusion, MixContext, Params, Tensor, TrainMode } from '@adapterfusion/contracts';
import { dispose, gradients, read, scope, setTrainable, tensor, tensorCount } from '@adapterfusion/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attention, staticAttention, textbook as published } from './index.js';
import type { AttentionOptions } from './options.js';
import {
  childrenOf,
  contribution,
  factorsOf,
  makeWorld,
  probe,
  scopeName,
  site,
  textbook,
  width,
  type ChildSpec,
  type World,
} from './oracle.spec.js';

const ATTENTION_DROPOUT = 0.1;
const at = (step: number): TrainMode => ({ key: { seed: 7, step, microBatch: 0 } });

/** Every kind of child at once. */
const mixed: readonly ChildSpec[] = [
  { bottleneck: 2, activation: 'relu' },
  { bottleneck: 3, activation: 'gelu', scale: 4, input: 'other' },
  { bottleneck: 1, activation: 'relu', scale: 'channel' },
  { kind: 'zero' },
  { kind: 'dense', bottleneck: 4, activation: 'tanh' },
  { bottleneck: 5, activation: 'silu', scale: 'learned', biases: false },
];

const childSets: Readonly<Record<string, readonly ChildSpec[]>> = {
  'one child': [{}],
  'two alike': [{}, {}],
  'unequal bottlenecks': [{ bottleneck: 1 }, { bottleneck: 4 }, { bottleneck: 2 }],
  'different activations': [{ activation: 'tanh' }, { activation: 'relu' }, { activation: 'tanh' }],
  'different inputs': [{}, { input: 'other' }, {}],
  'another input than the query': [{ input: 'other' }, { input: 'other' }],
  scales: [{ scale: 4 }, { scale: 'learned' }, { scale: 'channel' }],
  'no biases': [{ biases: false }, { biases: false }],
  'some biases': [{ biases: false }, {}],
  'with none': [{}, { kind: 'zero' }],
  'one dense': [{ kind: 'dense' }],
  'dense only': [{ kind: 'dense' }, { kind: 'dense' }],
  'only none': [{ kind: 'zero' }, { kind: 'zero' }],
  everything: mixed,
};

const optionSets: Readonly<Record<string, Partial<AttentionOptions>>> = {
  'the defaults': {},
  'no query': { query: false },
  'no key': { key: false },
  'no value': { value: false },
  'no projection': { query: false, key: false, value: false },
  'query before the norm': { query_before_ln: true },
  'residual before': { residual_before: true },
  'residual before, no value': { residual_before: true, value: false },
  'residual before, no key': { residual_before: true, key: false },
  temperature: { temperature: true },
  'value after the softmax': { value_before_softmax: false },
  'value drawn at random': { value_initialized: false },
  'no dropout': { dropout_prob: 0 },
  'more dropout': { dropout_prob: 0.25 },
};

const worldOf = (children: readonly ChildSpec[], options: Partial<AttentionOptions>): World => {
  const names = (['query', 'key', 'value'] as const).filter((name) => options[name] ?? true);
  const shapes = names.flatMap((name) => [
    [`${name}.weight`, [width, width]] as const,
    ...(name === 'value' ? [] : [[`${name}.bias`, [width]] as const]),
  ]);
  return makeWorld(children, Object.fromEntries<readonly number[]>(shapes));
};

/** This fusion reads no mask of tokens. */
const notRead = undefined as unknown as Tensor;

function contextOf(world: World, train: TrainMode | undefined, childMask?: Tensor): MixContext {
  const residual = world.leaves.get('residual')!;
  return { site, scopeName, residual, mask: notRead, ...(childMask ? { childMask } : {}), ...(train ? { train } : {}) };
}

const queryOf = ({ leaves }: World): { beforeNorm: Tensor; afterNorm: Tensor } => ({
  beforeNorm: leaves.get('beforeNorm')!,
  afterNorm: leaves.get('afterNorm')!,
});

async function expectClose(got: Tensor, want: Tensor, what: string, within: number): Promise<void> {
  expect(got.shape, what).toEqual(want.shape);
  const [a, b] = [await read(got), await read(want)];
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-2);
  const error = a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
  expect(error / largest, what).toBeLessThan(within);
}

/** Value and every gradient of the fusion beside the textbook's. */
async function compare(
  children: readonly ChildSpec[],
  input: Partial<AttentionOptions>,
  train: TrainMode | undefined,
  form?: 'train' | 'infer' | 'folded' | 'published',
): Promise<void> {
  const configured = form === 'published' ? published(input) : attention(input);
  const fusion = configured.create({ attentionDropout: ATTENTION_DROPOUT });
  const world = worldOf(children, input);
  const trains = (name: string): boolean =>
    form === undefined || form === 'published' || (form === 'train' && !/^\d/.test(name));
  for (const [name, leaf] of world.leaves) setTrainable(leaf, trains(name));
  const trainable = new Map([...world.leaves].filter(([name]) => trains(name)));
  const lowRanks = children.map(({ kind = 'lowRank' }, index) =>
    kind === 'lowRank' ? factorsOf(world, index) : undefined,
  );
  const folded = form === 'folded' ? foldWorld(fusion, world) : undefined;
  const prepared = form && fusion.prepare?.(world.params, site, lowRanks, form === 'train' ? form : 'infer');
  const ctx = { ...contextOf(world, train), ...(prepared ? { prepared } : {}) };
  const all = childrenOf(world).map((child, index) => ({ ...child, delta: () => contribution(world, index) }));
  const own = folded ?? { params: world.params, children: form === 'published' ? all : childrenOf(world) };
  const mix = () => fusion.mix(own.params, queryOf(world), own.children, ctx);
  const oracle = () => textbook(world, configured.options, ATTENTION_DROPOUT, train ? { train } : {});

  for (const again of ['first', 'second']) {
    const [got, want] = [mix(), scope(oracle)];
    await expectClose(got.mixed, want.mixed, `mixed, ${again}`, 3e-6);
    await expectClose(got.weights, want.weights, `weights, ${again}`, 3e-6);
    dispose([got.mixed, got.weights, want.mixed, want.weights]);
  }
  if (trainable.size > 0) {
    const got = gradients(() => probe(mix()), trainable);
    const want = gradients(() => probe(oracle()), trainable);
    for (const [name, gradient] of want.gradients)
      await expectClose(got.gradients.get(name)!, gradient, `gradient of ${name}`, 2e-5);
    dispose([got.value, want.value, ...got.gradients.values(), ...want.gradients.values()]);
  }
  prepared?.dispose();
  folded?.made.forEach((each) => dispose(each));
  dispose(world.leaves.values());
}

/** The fusion folded into its children: these, and what is left of its own parameters. */
function foldWorld(fusion: Fusion, world: World): { params: Params; children: Child[]; made: Params[] } {
  const given = childrenOf(world);
  const { children, needed } = fusion.fold!(world.params, site, given);
  return {
    params: Object.fromEntries(needed.map((name) => [name, world.params[name]!])),
    children: given.map(({ lowRank, ...child }, index) =>
      lowRank
        ? { ...child, folded: { params: children[index]!, activation: lowRank.activation, input: lowRank.input } }
        : child,
    ),
    made: children.filter((each) => each !== undefined),
  };
}

/** The tests that every backend passes. */
export function describeMix(backend: string): void {
  describe(`attention on ${backend}`, () => {
    let before = 0;
    beforeEach(() => void (before = tensorCount()));
    afterEach(() => expect(tensorCount(), 'tensors left behind').toBe(before));

    describe('equals the textbook in value and gradients', () => {
      for (const [name, options] of Object.entries(optionSets)) {
        it(`with ${name}, in training`, () => compare(mixed, options, at(900)));
        it(`with ${name}, in evaluation`, () => compare(mixed, options, undefined));
        it(`with ${name}, prepared for training`, () => compare(mixed, options, at(0), 'train'));
      }
      // So few columns that projections are folded into them in every step.
      const narrow: ChildSpec[] = [{ bottleneck: 1 }, { bottleneck: 1, scale: 'channel', biases: false }];
      for (const [name, options] of Object.entries(optionSets))
        it(`with ${name}, of few columns, in training`, () => compare(narrow, options, at(3), 'train'));
      for (const [name, options] of Object.entries(optionSets))
        it(`with ${name}, as published`, () => compare(mixed, options, at(900), 'published'));
      for (const [name, children] of Object.entries(childSets)) {
        it(`for ${name}, in training`, () => compare(children, {}, at(3)));
        it(`for ${name}, prepared for training`, () => compare(children, {}, at(3), 'train'));
      }
    });

    describe('folded, equals the textbook', () => {
      for (const [name, options] of Object.entries(optionSets)) {
        it(`with ${name}`, () => compare(mixed, options, undefined, 'infer'));
        it(`with ${name}, where all children read the query`, () =>
          compare([{}, { bottleneck: 3 }], options, undefined, 'infer'));
      }
      for (const [name, children] of Object.entries(childSets)) {
        it(`for ${name}`, () => compare(children, {}, undefined, 'infer'));
        it(`into its children, for ${name}`, () => compare(children, {}, undefined, 'folded'));
      }
      for (const [name, options] of Object.entries(optionSets))
        it(`into its children, with ${name}`, () => compare(mixed, options, undefined, 'folded'));
      it('into its children, leaves little: (3b + 2)·H + b + (b + 1) numbers a child, and nothing of its own', () => {
        const world = worldOf([{}, { bottleneck: 3 }, { kind: 'zero' }], {});
        const { params, made } = foldWorld(attention().create({ attentionDropout: 0 }), world);
        expect(params).toEqual({});
        const sizes = made.map((each) => Object.values(each).reduce((sum, { size }) => sum + size, 0));
        expect(sizes).toEqual([2, 3].map((b) => (3 * b + 2) * width + 2 * b + 1));
        made.forEach((each) => dispose(each));
        dispose(world.leaves.values());
      });
      it('while logits are dropped out', () => compare(mixed, { residual_before: true }, at(3), 'infer'));
    });

    it('folded, needs its own parameters once: no product with them is left', async () => {
      const fusion = attention().create({ attentionDropout: 0 });
      for (const children of [[{}, {}], [{}, { input: 'other' }], [{}, { kind: 'zero' }], [{}]] as ChildSpec[][]) {
        const world = worldOf(children, {});
        const prepared = fusion.prepare!(world.params, site, [], 'infer');
        const mix = () =>
          fusion.mix(world.params, queryOf(world), childrenOf(world), { ...contextOf(world, undefined), prepared });
        const first = mix();
        dispose(world.params);
        const second = mix();
        expect(await read(second.mixed)).toEqual(await read(first.mixed));
        dispose([first.mixed, first.weights, second.mixed, second.weights]);
        prepared.dispose();
        dispose([...world.leaves].filter(([name]) => !name.startsWith('fusion/')).map(([, leaf]) => leaf));
      }
    });

    it('leaves masked children out of the softmax, for all rows or one by one', async () => {
      const fusion = attention().create({ attentionDropout: 0 });
      const world = worldOf(mixed, {});
      for (const values of [
        [1, 0, 1, 1, 0, 1],
        [1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0],
      ]) {
        const childMask = tensor(values, values.length === 6 ? [6] : [2, 1, 6]);
        const got = fusion.mix(world.params, queryOf(world), childrenOf(world), contextOf(world, undefined, childMask));
        const want = scope(() => textbook(world, attention().options, 0, { childMask }));
        await expectClose(got.mixed, want.mixed, 'mixed', 3e-6);
        await expectClose(got.weights, want.weights, 'weights', 3e-6);
        const weights = await read(got.weights);
        expect([weights[1], weights[4]]).toEqual([0, 0]);
        dispose([childMask, got.mixed, got.weights, want.mixed, want.weights]);
      }
      dispose(world.leaves.values());
    });

    it('gives a mixture that may be disposed where nothing is added to the residual', () => {
      const fusion = staticAttention().create({ attentionDropout: 0 });
      const world = worldOf([{ kind: 'zero' }], { value: false });
      const { mixed: result, weights } = fusion.mix(
        world.params,
        queryOf(world),
        childrenOf(world),
        contextOf(world, undefined),
      );
      dispose([result, weights]);
      expect(() =>
        scope(() => void probe({ mixed: world.leaves.get('residual')!, weights: world.leaves.get('other')! })),
      ).not.toThrow();
      dispose(world.leaves.values());
    });

    it('has the gradients that finite differences show', async () => {
      const fusion = attention({ dropout_prob: 0 }).create({ attentionDropout: 0 });
      const world = worldOf([{ activation: 'tanh' }, { activation: 'gelu', scale: 'channel' }], {});
      for (const leaf of world.leaves.values()) setTrainable(leaf, true);
      const value = (): Tensor =>
        scope(() => probe(fusion.mix(world.params, queryOf(world), childrenOf(world), contextOf(world, at(0)))));
      const { value: here, gradients: found } = gradients(value, world.leaves);
      for (const name of [
        'afterNorm',
        'fusion/query.weight',
        'fusion/key.weight',
        'fusion/value.weight',
        '0/down',
        '1/scale',
      ]) {
        const leaf = world.leaves.get(name)!;
        const kept = await read(leaf);
        for (const index of [0, kept.length - 1]) {
          const moved = async (by: number): Promise<number> => {
            const shifted = tensor(
              kept.map((each, k) => (k === index ? each + by : each)),
              leaf.shape,
            );
            const result = value2(world, name, shifted);
            const [number] = await read(result);
            dispose([shifted, result]);
            return number!;
          };
          const difference = ((await moved(1e-2)) - (await moved(-1e-2))) / 2e-2;
          expect((await read(found.get(name)!))[index]).toBeCloseTo(difference, 2);
        }
      }
      function value2(of: World, name: string, other: Tensor): Tensor {
        const leaves = new Map(of.leaves).set(name, other);
        const params = Object.fromEntries(Object.keys(of.params).map((key) => [key, leaves.get(`fusion/${key}`)!]));
        const changed = { leaves, params, specs: of.specs };
        return scope(() => probe(fusion.mix(params, queryOf(changed), childrenOf(changed), contextOf(changed, at(0)))));
      }
      dispose([here, ...found.values(), ...world.leaves.values()]);
    });
  });
}

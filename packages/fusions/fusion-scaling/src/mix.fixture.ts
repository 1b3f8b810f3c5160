import type { Child, MixContext, Tensor, TrainMode } from '@adapterfusion/contracts';
import { dispose, gradients, read, scope, setTrainable, tensor, tensorCount } from '@adapterfusion/tensor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scaling, type ScalingOptions } from './index.js';
import {
  childrenOf,
  definition,
  factorsOf,
  makeWorld,
  probe,
  site,
  width,
  type ChildSpec,
  type World,
} from './world.fixture.js';

const everything: readonly ChildSpec[] = [
  { bottleneck: 2 },
  { bottleneck: 3, activation: 'gelu', scale: 4, other: true },
  { kind: 'zero' },
  { kind: 'dense', bottleneck: 4, activation: 'tanh' },
  { bottleneck: 1, scale: 'channel', biases: false },
];
const childSets: Readonly<Record<string, readonly ChildSpec[]>> = {
  'one child': [{}],
  'two children': [{}, { bottleneck: 3 }],
  'different activations': [{ activation: 'tanh' }, {}, { activation: 'tanh' }],
  'no biases': [{ biases: false }, { biases: false }],
  'dense children': [{ kind: 'dense' }, { kind: 'dense' }],
  'only none': [{ kind: 'zero' }],
  everything,
};
const train: TrainMode = { key: { seed: 7, step: 3, microBatch: 0 } };
const query = { beforeNorm: undefined, afterNorm: undefined } as unknown as { beforeNorm: Tensor; afterNorm: Tensor };
const make = (options: Partial<ScalingOptions>) => scaling(options).create({ attentionDropout: 0.1 });
const shapeOf = (specs: readonly ChildSpec[], per: string): number[] => [specs.length, per === 'vector' ? width : 1];

const contextOf = ({ leaves }: World, more: Partial<MixContext> = {}): MixContext => ({
  site,
  scopeName: 'fusions/f/0/output_adapter',
  residual: leaves.get('residual')!,
  mask: undefined as unknown as Tensor,
  ...more,
});

async function expectClose(got: Tensor, want: Tensor, what: string, within: number): Promise<void> {
  expect(got.shape, what).toEqual(want.shape);
  const [a, b] = [await read(got), await read(want)];
  const error = a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!) / (1 + Math.abs(b[at]!))), 0);
  expect(error, what).toBeLessThan(within);
}

/** Value and gradients of the fusion and of its definition. */
async function compare(
  specs: readonly ChildSpec[],
  per: 'number' | 'vector',
  form?: 'train' | 'infer' | 'folded',
): Promise<void> {
  const fusion = make({ per });
  const world = makeWorld(specs, shapeOf(specs, per));
  const trains = (name: string): boolean => form === undefined || (form === 'train' && name === 'weights');
  for (const [name, leaf] of world.leaves) setTrainable(leaf, trains(name));
  const given = childrenOf(world);
  const params = { weights: world.leaves.get('weights')! };
  const lowRanks = given.map(({ lowRank }) => lowRank);
  const folded = form === 'folded' ? fusion.fold!(params, site, given) : undefined;
  const children = given.map((child, at): Child => {
    const made = folded?.children[at];
    if (!made) return child;
    const { activation, input } = factorsOf(world, at);
    return { name: child.name, index: at, delta: child.delta, folded: { params: made, activation, input } };
  });
  const prepared = form && fusion.prepare!(params, site, lowRanks, form === 'train' ? 'train' : 'infer');
  const own = folded?.needed.length === 0 ? {} : params;
  const mix = () => fusion.mix(own, query, children, contextOf(world, prepared ? { prepared } : {}));
  const wanted = () => definition(world, [specs.map(() => 1)]);
  for (const again of ['first', 'second']) {
    const [{ mixed, weights }, want] = [mix(), scope(wanted)];
    await expectClose(mixed, want, `mixed, ${again}`, 2e-6);
    const values = await read(params.weights);
    const channels = values.length / specs.length;
    const means = specs.map(
      (_, at) => values.slice(at * channels, (at + 1) * channels).reduce((a, b) => a + b) / channels,
    );
    const shown = await read(weights);
    expect(weights.shape).toEqual([...mixed.shape.slice(0, -1), specs.length]);
    shown.forEach((value, at) => expect(value).toBeCloseTo(means[at % specs.length]!, 5));
    dispose([mixed, weights, want]);
  }
  const trainable = new Map([...world.leaves].filter(([name]) => trains(name)));
  if (trainable.size > 0) {
    const got = gradients(() => probe(mix().mixed), trainable);
    const want = gradients(() => probe(wanted()), trainable);
    for (const [name, gradient] of want.gradients)
      await expectClose(got.gradients.get(name)!, gradient, `gradient of ${name}`, 1e-5);
    dispose([got.value, want.value, ...got.gradients.values(), ...want.gradients.values()]);
  }
  prepared?.dispose();
  folded?.children.forEach((each) => each && dispose(each));
  dispose(world.leaves.values());
}

/** The tests that every backend passes. */
export function describeScaling(backend: string): void {
  describe(`scaling on ${backend}`, () => {
    let before = 0;
    beforeEach(() => void (before = tensorCount()));
    afterEach(() => expect(tensorCount(), 'tensors left behind').toBe(before));

    describe.each(['number', 'vector'] as const)('with a %s per adapter, equals its definition', (per) => {
      for (const [name, children] of Object.entries(childSets)) {
        it(`in value and gradients, for ${name}`, () => compare(children, per));
        it(`with frozen children prepared, for ${name}`, () => compare(children, per, 'train'));
        it(`with everything prepared, for ${name}`, () => compare(children, per, 'infer'));
        it(`folded into its children, for ${name}`, () => compare(children, per, 'folded'));
      }

      it.each([
        ['for all rows', [1, 0, 1, 1, 0], [5], [[5 / 3, 0, 5 / 3, 5 / 3, 0]]],
        [
          'row by row',
          [1, 0, 0, 0, 0, 0, 1, 1, 1, 1],
          [2, 1, 5],
          [
            [5, 0, 0, 0, 0],
            [0, 1.25, 1.25, 1.25, 1.25],
          ],
        ],
      ])(
        'masked %s: the weights that remain are multiplied by children / remaining',
        async (_, mask, shape, factors) => {
          const world = makeWorld(everything, shapeOf(everything, per));
          const params = { weights: world.leaves.get('weights')! };
          for (const form of [undefined, 'train', 'infer'] as const) {
            const prepared = form && make({ per }).prepare!(params, site, [], form);
            const childMask = tensor(mask, shape);
            const ctx = contextOf(world, { childMask, ...(prepared ? { prepared } : {}) });
            const { mixed, weights } = make({ per }).mix(params, query, childrenOf(world), ctx);
            const want = scope(() => definition(world, factors));
            await expectClose(mixed, want, 'mixed', 2e-6);
            (await read(weights)).forEach((value, at) => {
              const row = factors[Math.floor(at / 15) % factors.length]!;
              expect(value === 0).toBe(row[at % 5] === 0);
            });
            dispose([mixed, weights, want, childMask]);
            prepared?.dispose();
          }
          dispose(world.leaves.values());
        },
      );

      it('drops out weights while training, and multiplies those that stay by 1 / (1 − p)', async () => {
        const specs: ChildSpec[] = [{}, { kind: 'dense' }, { bottleneck: 3 }, {}];
        const world = makeWorld(specs, shapeOf(specs, per));
        const [value] = [1];
        const weights = tensor(
          new Float32Array(specs.length * shapeOf(specs, per)[1]!).fill(value),
          shapeOf(specs, per),
        );
        const fusion = make({ per, dropout: 0.5 });
        const seen = new Set<number>();
        for (let step = 0; step < 8; step++) {
          const ctx = contextOf(world, { train: { key: { seed: 7, step, microBatch: 0 } } });
          const [once, again] = [1, 2].map(() => fusion.mix({ weights }, query, childrenOf(world), ctx));
          expect(await read(once!.mixed)).toEqual(await read(again!.mixed));
          (await read(once!.weights)).forEach((each) => seen.add(Number(each.toFixed(4))));
          dispose([once!.mixed, once!.weights, again!.mixed, again!.weights]);
        }
        if (per === 'number') expect([...seen].sort()).toEqual([0, 2]);
        else expect(Math.max(...seen)).toBeGreaterThan(1);
        const off = fusion.mix({ weights }, query, childrenOf(world), contextOf(world));
        expect(new Set(await read(off.weights))).toEqual(new Set([1]));
        dispose([off.mixed, off.weights, weights, ...world.leaves.values()]);
      });

      it('has the gradients of its weights that finite differences give', async () => {
        const specs: ChildSpec[] = [{ activation: 'tanh' }, { kind: 'dense', activation: 'gelu' }];
        const world = makeWorld(specs, shapeOf(specs, per));
        const weights = world.leaves.get('weights')!;
        setTrainable(weights, true);
        const value = (own: Tensor): Tensor =>
          scope(() =>
            probe(make({ per }).mix({ weights: own }, query, childrenOf(world), contextOf(world, { train })).mixed),
          );
        const found = gradients(() => value(weights), new Map([['weights', weights]]));
        const kept = await read(weights);
        const gradient = await read(found.gradients.get('weights')!);
        for (let at = 0; at < kept.length; at++) {
          const moved = async (by: number): Promise<number> => {
            const shifted = tensor(kept.with(at, kept[at]! + by), weights.shape);
            const result = value(shifted);
            const [number] = await read(result);
            dispose([shifted, result]);
            return number!;
          };
          expect(gradient[at]).toBeCloseTo(((await moved(0.5)) - (await moved(-0.5))) / 1, 4);
        }
        dispose([found.value, ...found.gradients.values(), ...world.leaves.values()]);
      });
    });
  });
}

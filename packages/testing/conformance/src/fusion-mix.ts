import type { AnyConfigured, Child, LowRank, MixContext, Params, Tensor } from '@adapterfusion/contracts';
import { activate, add, dispose, linear, mean, mul, read, scope, slice, tensor, fill } from '@adapterfusion/tensor';
import { fusionParameters } from './fusion-parameters.js';
import { ensure, ensureClose, farthest } from './expect.js';
import type { Check } from './runner.js';
import { changedOf, firstOf, stirred } from './site-context.js';
import { encoder, noise } from './small-model.js';

const site = encoder.sites.find(({ location }) => location === 'output_adapter')!;
const [batch, time, width] = [2, 3, encoder.hidden];
const shape = [batch, time, width];
const firstShape = [batch, 1, width];

interface Given {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly query: { readonly beforeNorm: Tensor; readonly afterNorm: Tensor };
  readonly residual: Tensor;
  readonly factors: readonly (LowRank & { readonly input: Tensor })[];
}

/** A query, a residual and the factors of two children that read the same. @param first the first token of every row only */
function given(first = false): Given {
  const tensors = new Map<string, Tensor>();
  const put = (name: string, values: Float32Array, of: readonly number[]): Tensor => {
    const made = tensor(values, of);
    tensors.set(name, made);
    return made;
  };
  const make = (name: string, of: readonly [number, number?], seed: number): Tensor =>
    put(name, noise(of[0] * (of[1] ?? 1), seed), of as readonly number[]);
  const states = (name: string, seed: number): Tensor => {
    const all = noise(batch * time * width, seed);
    return first ? put(name, firstOf(all, time, 1, width), firstShape) : put(name, all, shape);
  };
  const input = states('input', 3);
  const factorsOf = (name: string, size: number, seed: number): Given['factors'][number] => ({
    input,
    down: make(`${name}.down`, [size, width], seed),
    downBias: make(`${name}.downBias`, [size], seed + 1),
    activation: 'tanh',
    up: make(`${name}.up`, [width, size], seed + 2),
    upBias: make(`${name}.upBias`, [width], seed + 3),
    scale: 1.5,
  });
  return {
    tensors,
    query: { beforeNorm: states('before', 1), afterNorm: states('after', 2) },
    residual: states('residual', 4),
    factors: [factorsOf('a', 2, 20), factorsOf('b', 3, 30)],
  };
}

const whole = ({ input, down, downBias, activation, up, upBias, scale }: Given['factors'][number]): Tensor =>
  mul(linear(activate(activation, linear(input, down, downBias)), up, upBias), scale);

/** The two children, with their factors or without, and `none`. */
const childrenOf = ({ factors }: Given, factored: boolean): Child[] => [
  ...factors.map((each, index): Child => ({
    name: `c${index}`,
    delta: () => whole(each),
    ...(factored ? { lowRank: each } : {}),
  })),
  { name: 'none', zero: true, delta: () => mul(factors[0]!.input, 0) },
];

/** What holds for the mixture itself, computed apart from any model. */
export function checkMix(check: Check, configured: AnyConfigured<'fusion'>): void {
  const mixing = (
    name: string,
    body: (
      mix: (children: readonly Child[], more?: Partial<MixContext>, from?: Given) => Promise<Mixed>,
      made: Given,
      params: Params,
    ) => Promise<void>,
  ): void =>
    check(name, async () => {
      const made = given();
      const fusion = configured.create({ attentionDropout: 0.2 });
      const { mix } = fusion;
      const params = stirred(fusionParameters(fusion, site, 3));
      await body(
        async (children, more = {}, { query, residual } = made) => {
          const around = { site: { ...site }, scopeName: 'fusions/f/x', residual, ...more };
          const { mixed, weights } = scope(() => {
            const mask = fill(residual.shape.slice(0, 2), 1);
            return mix(params, query, children, { mask, ...around });
          });
          const values = {
            mixed: Float32Array.from(await read(mixed)),
            weights: Float32Array.from(await read(weights)),
            shapes: `${mixed.shape.join()} ${weights.shape.join()}`,
          };
          dispose([mixed, weights]);
          return values;
        },
        made,
        params,
      );
      dispose([...Object.values(params), ...made.tensors.values()]);
    });

  const free = configured.plugin.supports.weights === 'free';
  mixing(free ? 'gives finite weights' : 'gives weights that are shares', async (mix, made) => {
    const children = childrenOf(made, true);
    const { weights, shapes } = await mix(children);
    ensure(
      shapes === `${shape.join()} ${[batch, time, 3].join()}`,
      `[batch, time, width] and [batch, time, children]; got ${shapes}`,
    );
    ensure(weights.every(Number.isFinite), 'finite weights');
    if (free) return;
    ensure(
      weights.every((value) => value >= 0 && value <= 1),
      'weights from 0 to 1',
    );
    for (let token = 0; token < batch * time; token++) {
      const total = weights.slice(token * 3, token * 3 + 3).reduce((a, b) => a + b, 0);
      ensure(Math.abs(total - 1) < 1e-5, `weights of a token that add up to 1; got ${total}`);
    }
  });

  mixing('adds contributions by its linear weights, if it has any', async (mix, made, params) => {
    const { linearWeights } = configured.create({ attentionDropout: 0.2 });
    if (!linearWeights) return;
    const children = childrenOf(made, true);
    const { mixed, weights } = await mix(children);
    const [linear, wanted] = scope(() => {
      const all = linearWeights(params, site, [0, 1, 2]);
      const terms = made.factors.map((each, child) => mul(whole(each), slice(all, 0, child, 1)));
      return [mean(all, 1), terms.reduce((a, b) => add(a, b), made.residual)] as const;
    });
    ensureClose(mixed, await read(wanted), 'the mixture and the residual plus the weighted contributions');
    const means = await read(linear);
    ensureClose(
      weights,
      weights.map((_, at) => means[at % 3]!),
      'the weights and the means of the linear weights',
    );
    dispose([linear, wanted]);
  });

  mixing('gives a masked child no weight', async (mix, made) => {
    const childMask = tensor([0, 1, 1], [3]);
    const { weights } = await mix(childrenOf(made, true), { childMask });
    childMask.dispose();
    for (let token = 0; token < batch * time; token++)
      ensure(weights[token * 3] === 0, 'the weight 0 for a masked child');
  });

  mixing('treats factors as the contributions that they stand for', async (mix, made) => {
    const [factored, plain] = [await mix(childrenOf(made, true)), await mix(childrenOf(made, false))];
    ensureClose(factored.mixed, plain.mixed, 'the mixture of factors and of contributions');
    ensureClose(factored.weights, plain.weights, 'the weights of factors and of contributions');
  });

  mixing('mixes tokens one by one, if it declares that', async (mix, made) => {
    if (!configured.create({ attentionDropout: 0.2 }).tokenwise) return;
    const first = given(true);
    for (const factored of [true, false]) {
      const [all, got] = [await mix(childrenOf(made, factored)), await mix(childrenOf(first, factored), {}, first)];
      ensureClose(
        got.mixed,
        firstOf(all.mixed, time, 1, width),
        'the mixture of the first token alone and among others',
      );
      ensureClose(got.weights, firstOf(all.weights, time, 1, 3), 'its weights alone and among others');
    }
    dispose(first.tensors.values());
  });

  mixing('keeps its arguments as they are, and remembers nothing', async (mix, made) => {
    const before = new Map<string, Float32Array>();
    for (const [name, each] of made.tensors) before.set(name, Float32Array.from(await read(each)));
    const children = childrenOf(made, true);
    const once = await mix(children);
    await mix([...children].reverse().filter(({ zero }) => !zero));
    const again = await mix(children);
    ensure(farthest(once.mixed, again.mixed) === 0, 'the same before and after another mixture');
    const touched = await changedOf(before, made.tensors);
    ensure(touched.length === 0, `its arguments unchanged and alive; not so ${touched.join(', ')}`);
  });

  mixing('mixes the same from what it prepared, and frees that', async (mix, made, params) => {
    const { prepare } = configured.create({ attentionDropout: 0.2 });
    if (!prepare) return;
    const children = childrenOf(made, true);
    const plain = await mix(children);
    for (const form of ['train', 'infer'] as const) {
      const prepared = prepare(params, site, [...made.factors, undefined], form);
      for (const what of ['at first', 'again']) {
        const got = await mix(children, { prepared });
        ensureClose(got.mixed, plain.mixed, `the mixture from what was prepared for ${form}, ${what}`, 2e-5);
        ensureClose(got.weights, plain.weights, `the weights from what was prepared for ${form}, ${what}`, 2e-5);
      }
      prepared.dispose();
    }
  });
}

interface Mixed {
  readonly mixed: Float32Array;
  readonly weights: Float32Array;
  /** Of the mixture and of the weights. */
  readonly shapes: string;
}

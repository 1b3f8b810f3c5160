import { bottleneck, doubleSeqBn, parBn, scaledParBn, seqBn } from '@adapterfusion/adapter-bottleneck';
import { ia3 } from '@adapterfusion/adapter-ia3';
import { lora } from '@adapterfusion/adapter-lora';
import { bert } from '@adapterfusion/backbone-bert';
import {
  configure,
  definePlugin,
  type AnyConfigured,
  type Fusion,
  type HostBatch,
  type Params,
  type Tensor,
} from '@adapterfusion/contracts';
import { attention } from '@adapterfusion/fusion-attention';
import { classification } from '@adapterfusion/head-classification';
import { compileForInference, Model, nodesOf, type Composition } from '@adapterfusion/model';
import {
  add,
  concat,
  dispose,
  dropoutMask,
  linear,
  mul,
  openBackend,
  parameterRandom,
  read,
  slice,
  softmax,
  sum,
  tensorCount,
} from '@adapterfusion/tensor';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { labelTargets } from './tiny-model.js';
/* Every fusion of builtin adapters beside the same fusion in the textbook's form, in a whole encoder. */

const backbone = bert().create({
  config: {
    model_type: 'bert',
    hidden_size: 16,
    num_hidden_layers: 3,
    num_attention_heads: 2,
    intermediate_size: 24,
    vocab_size: 20,
    max_position_embeddings: 8,
  },
});
const dropoutOf = 0.1;

/** How often a child's contribution was computed whole. */
let whole = 0;

function counted(configured: AnyConfigured<'adapter'>): AnyConfigured<'adapter'> {
  const plugin = {
    ...configured.plugin,
    create: (...given: Parameters<typeof configured.plugin.create>) => {
      const adapter = configured.plugin.create(...given);
      return {
        ...adapter,
        delta: (...values: Parameters<typeof adapter.delta>) => (whole++, adapter.delta(...values)),
      };
    },
  };
  return { ...configured, plugin, create: (surroundings) => plugin.create(configured.options, surroundings) };
}

/** The fusion as published: every contribution, its key, its value. */
const textbook = definePlugin<'fusion', object>({
  ...attention.plugin,
  id: 'textbook',
  create: (_, surroundings): Fusion => ({
    tokenwise: true,
    init: (...given) =>
      attention()
        .create(surroundings)
        .init(...given),
    mix(params, query, children, { residual, train, scopeName }) {
      const us = children.map((child) => child.delta());
      const q = linear(query.afterNorm, params['query.weight']!, params['query.bias']);
      const keys = us.map((u) => linear(u, params['key.weight']!, params['key.bias']));
      const logits = concat(
        keys.map((key) => sum(mul(q, key), -1, true)),
        2,
      );
      const dropped = train ? mul(logits, dropoutMask(logits.shape, dropoutOf, train, `${scopeName}/logits`)) : logits;
      const weights = softmax(dropped);
      const values = us.map((u, index) => mul(linear(u, params['value.weight']!), slice(weights, 2, index, 1)));
      return {
        mixed: add(
          values.reduce((a, b) => add(a, b)),
          residual,
        ),
        weights,
      };
    },
  }),
});

const bn = { mh_adapter: false, output_adapter: true, reduction_factor: 4, non_linearity: 'gelu' } as const;
const methods: Readonly<Record<string, AnyConfigured<'adapter'>>> = {
  a: seqBn({ reduction_factor: 4 }),
  b: seqBn({ reduction_factor: 8, non_linearity: 'tanh' }),
  c: seqBn({ reduction_factor: 4, leave_out: [1] }),
  d: doubleSeqBn({ reduction_factor: 4 }),
  e: doubleSeqBn({ reduction_factor: 2, scaling: 'learned' }),
  p: parBn({ reduction_factor: 4, init_weights: 'bert' }),
  s: scaledParBn({ reduction_factor: 2, init_weights: 'bert' }),
  k: bottleneck({ ...bn, scaling: 'channel', original_ln_before: true }),
  n: bottleneck({ ...bn, ln_before: true }),
  l: lora({ r: 2, dropout: 0.4 }),
  m: lora({ r: 4, alpha: 6, attn_matrices: ['q', 'k', 'v', 'o'], intermediate_lora: true, output_lora: true }),
  i: ia3({ attn_matrices: ['v', 'o'] }),
};

const batch: HostBatch = {
  ids: Int32Array.from([1, 5, 9, 2, 3, 7, 11, 19, 4, 0, 0, 0]),
  types: new Int32Array(12),
  mask: Float32Array.from([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]),
  shape: [2, 6],
};

let before = 0;
beforeAll(() => openBackend('cpu'));
beforeEach(() => void (before = tensorCount()));
afterEach(() => expect(tensorCount(), 'tensors left behind').toBe(before));

type Fuse = Extract<Composition, { type: 'fuse' }>;

function modelWith(fusion: AnyConfigured<'fusion'>, ...nodes: readonly Fuse[]): Model {
  const random = parameterRandom(5, 'encoder');
  const encoder: Params = Object.fromEntries(
    backbone.parameters.map(({ path, shape }): [string, Tensor] => [
      path,
      /LayerNorm.weight$/.test(path) ? random.constant(shape, 1) : random.normal(shape, 0.3),
    ]),
  );
  const model = new Model(backbone, encoder);
  for (const [name, method] of Object.entries(methods)) {
    model.addAdapter(name, counted(method), { seed: 1 });
    // Fresh adapters are nearly nothing: make them count.
    for (const path of model.parameters.paths().filter((each) => each.startsWith(`adapters/${name}/`))) {
      const shape = model.parameters.get(path).shape;
      const data = Float32Array.from(
        { length: shape.reduce((x, y) => x * y, 1) },
        (_, i) => Math.sin(i * 1.9 + path.length + name.charCodeAt(0)) * 0.5,
      );
      model.parameters.set(path, { shape, data });
    }
  }
  for (const node of nodes) model.addFusion(fusion, node, { seed: 2 });
  for (const path of model.parameters.paths().filter((each) => /^fusions.*(query|key).weight/.test(each))) {
    const shape = model.parameters.get(path).shape;
    const data = Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => Math.sin(i * 2.3 + path.length) * 0.2);
    model.parameters.set(path, { shape, data });
  }
  model.addHead('h', classification({}), ['x', 'y', 'z'], { seed: 3 });
  model.compose(nodes[0]);
  return model;
}

const close = (got: Float32Array, want: Float32Array, what: string, within: number): void => {
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  const worst = want.reduce((most, value, index) => Math.max(most, Math.abs(value - got[index]!)), 0);
  expect(worst / largest, what).toBeLessThan(within);
};

/** Contributions computed whole in one pass: those of `n`, which has a norm of its own, and `i`, at each of their sites. */
const mixes: readonly [children: Fuse['children'], whole: number][] = [
  [['a', 'b'], 0],
  [['a', 'b', 'c'], 0],
  [['c', 'a'], 0],
  [['b', 'c'], 0],
  [['d', 'e'], 0],
  [['p', 's'], 0],
  [['a', 'p'], 0],
  [['p', 'a', 'k', 's'], 0],
  [['a', 'd', 'k'], 0],
  [['a', { type: 'none' }, 'p'], 0],
  [[{ type: 'stack', children: ['a', 'b'] }, 'k'], 3],
  [['a', 'n', 'p'], 3],
  [['a', 'b', 'c', 'd', 'e', 'p', 's', 'k', 'n'], 3],
  [['l', 'm'], 0],
  [['l', 'i', 'm'], 9],
];

for (const [children, expected] of mixes) {
  const names = children.map((child) => (typeof child === 'string' ? child : child.type)).join(' + ');
  // (IA)³ reads what leaves the projection and LoRA what enters it: neither can read the other's.
  for (const inputs of children.includes('i') ? (['own'] as const) : (['own', 'lead'] as const))
    it(`${names}, ${inputs} inputs: as the textbook, ${expected} contributions computed whole`, async () => {
      const node = { type: 'fuse', fusion: 'f', inputs, children } as const;
      const model = modelWith(attention(), node);
      const oracle = modelWith(configure(textbook.plugin), node);
      for (const each of [model, oracle]) each.parameters.setTrainable((path) => path.startsWith('heads/'));

      whole = 0;
      const [logits, wanted] = [model.logits(batch, { head: 'h' }), oracle.logits(batch, { head: 'h' })];
      close(await read(logits), await read(wanted), 'logits', 2e-5);
      dispose([logits, wanted]);

      for (const prefix of ['fusions/f/', 'adapters/']) {
        for (const each of [model, oracle]) each.parameters.setTrainable((path) => path.startsWith(prefix));
        const train = { key: { seed: 3, step: 1, microBatch: 0 } };
        whole = 0;
        const got = model.lossAndGradients(batch, labelTargets([0, 2]), { head: 'h', train });
        expect(whole).toBe(expected);
        const want = oracle.lossAndGradients(batch, labelTargets([0, 2]), { head: 'h', train });
        expect(whole).toBeGreaterThan(expected);
        close(await read(got.loss), await read(want.loss), 'loss', 2e-5);
        const largest = new Map<string, number>();
        for (const [path, gradient] of want.gradients) {
          const values = await read(gradient);
          largest.set(
            path,
            values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
          );
          if (!path.endsWith('key.bias')) close(await read(got.gradients.get(path)!), values, path, 1e-4);
        }
        expect(Math.max(...largest.values())).toBeGreaterThan(1e-4);
        dispose([got.loss, want.loss, ...got.gradients.values(), ...want.gradients.values()]);
      }
      for (const each of [model, oracle]) each.parameters.setTrainable(() => false);
      compileForInference(model);
      for (const skip of [[], [1]]) {
        whole = 0;
        const [compiled, plain] = [model, oracle].map((each) => each.logits(batch, { head: 'h', skip }));
        close(await read(compiled!), await read(plain!), 'compiled', 2e-5);
        dispose([compiled!, plain!]);
      }
      model.dispose();
      oracle.dispose();
    });
}

const pair: Fuse = { type: 'fuse', fusion: 'f', children: ['a', 'b'] };
const other: Fuse = { type: 'fuse', fusion: 'g', children: ['k', 'a'] };
const sites = { '0/output_adapter': ['b'], '1/output_adapter': [], '2/output_adapter': ['a', 'b'] };
const compositions: Readonly<Record<string, Exclude<Composition, string>>> = {
  'a stack under a fusion that has the same adapter': { type: 'stack', children: ['a', pair] },
  'two fusions in parallel': { type: 'parallel', children: [pair, other, 'b'] },
  'a split': { type: 'split', splits: [2, 4], children: [pair, 'k'] },
  'a split of the rows': { type: 'batch-split', sizes: [1, 1], children: [pair, other] },
  'children that are kept at some sites': { ...pair, keep: sites },
  'only the lead kept at every site': {
    ...pair,
    keep: Object.fromEntries(Object.keys(sites).map((site) => [site, ['b']])),
  },
};

for (const [what, composition] of Object.entries(compositions))
  it(`compiled, ${what}: the same, with masks and without, from fewer parameters`, async () => {
    const fuses = nodesOf(composition).filter((node): node is Fuse => typeof node !== 'string' && node.type === 'fuse');
    const model = modelWith(attention(), ...fuses);
    model.compose(composition);
    const results = async (mask: readonly string[]): Promise<Float32Array[]> => {
      const { logits, attention: weights } = model.classify(batch, { head: 'h', mask, attention: true });
      const values = await Promise.all([logits, ...weights.map((each) => each.weights)].map(read));
      dispose([logits, ...weights.map((each) => each.weights)]);
      return values;
    };
    const masks = [[], 'keep' in composition ? [] : ['a']];
    const wanted = [await results(masks[0]!), await results(masks[1]!)];
    const count = model.parameters.count();
    expect(compileForInference(model)).toEqual(fuses.map(({ fusion }) => fusion));
    expect(model.parameters.count()).toBeLessThan(count);
    for (const [index, mask] of masks.entries()) {
      const got = await results(mask);
      expect(got).toHaveLength(wanted[index]!.length);
      got.forEach((values, at) => close(values, wanted[index]![at]!, `${index} ${at}`, 2e-5));
    }
    const refused = expect.objectContaining({ code: 'BUNDLE_COMPILED' }) as Error;
    const train = { key: { seed: 3, step: 1, microBatch: 0 } };
    model.parameters.setTrainable((path) => path.startsWith('heads/'));
    expect(() => model.lossAndGradients(batch, labelTargets([0, 2]), { head: 'h', train })).toThrow(refused);
    expect(() => model.compose('c')).toThrow(refused);
    if (typeof composition !== 'string' && composition.type === 'split')
      expect(() => model.forward(batch, { adapters: ['b', 'b'] })).toThrow(refused);
    model.dispose();
  });

it('a child that is kept nowhere else leaves the softmax of that site, as an adapter without that layer does', async () => {
  const model = modelWith(attention(), { ...pair, keep: sites });
  const { logits, attention: weights } = model.classify(batch, { head: 'h', attention: true });
  expect(weights.map(({ site, names }) => `${site.name} ${names.join()}`)).toEqual([
    '0/output_adapter b',
    '2/output_adapter a,b',
  ]);
  dispose([logits, ...weights.map((each) => each.weights)]);
  for (const keep of [{ '0/query': ['a'] }, { '0/output_adapter': ['p'] }, ['a']])
    expect(() => model.compose({ ...pair, keep })).toThrow(
      expect.objectContaining({ code: 'COMPOSITION_INVALID' }) as Error,
    );
  model.dispose();
});

it('what reads before a projection that changes the width does not lead what reads after it', () => {
  const model = modelWith(attention(), { ...pair, children: ['i', 'm'] });
  const lead = { ...pair, children: ['i', 'm'], inputs: 'lead' };
  expect(() => model.compose(lead)).toThrow(/f\.inputs at 0\/intermediate: .*m does; got i reads 24, m reads 16/);
  model.dispose();
});

import { definePlugin, type Adapter, type Fusion, type Params, type SharedScope } from '@adapterfusion/contracts';
import { add, dispose, linear, mul, openBackend, read, squareSum, tensorCount } from '@adapterfusion/tensor';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { batchOf, hiddenOf, labelTargets, toyModel, width } from './toys.spec.js';
import type { Model } from './index.js';

interface SharingOptions {
  /** Names of the model's shared parameters; `own` is a name that every site has. */
  readonly model: readonly string[];
  readonly penalty: boolean;
}

/** One matrix for all layers, a vector for each layer, and a vector for each site. */
const sharing = definePlugin<'adapter', SharingOptions>({
  kind: 'adapter',
  id: 'sharing',
  packageName: 'toys',
  packageVersion: '1.0.0',
  supports: { roles: ['sublayer'], merge: false, identityAtInit: false },
  options: (input) => ({ model: ['matrix'], penalty: false, ...(input as Partial<SharingOptions>) }),
  create: ({ model, penalty }): Adapter => ({
    flow: 'sequential',
    tokenwise: true,
    actsAt: ({ role }) => role === 'sublayer',
    init: (_, random) => ({ own: random.normal([width], 1) }),
    initShared: (by: SharedScope, random): Params =>
      by.scope === 'model'
        ? Object.fromEntries(model.map((name) => [name, random.normal([width, width], 0.5)]))
        : { layer: random.normal([width], by.sites.length) },
    prepareInput: (_, { h }) => ({ input: h, query: { beforeNorm: h, afterNorm: h }, residual: h }),
    delta: (params, input) => add(mul(linear(input, params['matrix']!), params['own']!), params['layer']!),
    completeAdapter: (_, __, { residual }, delta) => add(residual, delta),
    completeSublayer: ({ norm, residual }, h) => norm!(add(h, residual!)),
    ...(penalty ? { penalty: (params) => squareSum(params['matrix']!) } : {}),
  }),
});

const batch = batchOf([
  [1, 2, 3],
  [4, 5, 6],
]);
const train = { key: { seed: 0, step: 0, microBatch: 0 } };
const SHARED = [
  'adapters/s/shared/0/layer',
  'adapters/s/shared/1/layer',
  'adapters/s/shared/2/layer',
  'adapters/s/shared/model/matrix',
];

let model: Model;
let before = 0;
beforeAll(() => openBackend('cpu'));
beforeEach(() => {
  before = tensorCount();
  model = toyModel();
});
afterEach(() => {
  model.dispose();
  expect(tensorCount(), 'tensors left behind').toBe(before);
});

async function step(options: object = {}): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const { loss, gradients } = model.lossAndGradients(batch, labelTargets([0, 2]), { head: 'h', train, ...options });
  const values = new Map<string, Float32Array>();
  for (const [path, gradient] of gradients) values.set(path, Float32Array.from(await read(gradient)));
  const [value] = await read(loss);
  dispose([loss, ...gradients.values()]);
  return { loss: value!, gradients: values };
}

it('parameters that sites share are there once, and every site reads them', async () => {
  model.addAdapter('s', sharing(), { seed: 1 });
  const paths = model.parameters.paths().filter((path) => path.startsWith('adapters/s/'));
  expect(paths.filter((path) => path.includes('/shared/'))).toEqual(SHARED);
  expect(paths.length).toBe(4 + 6);
  const params = [...model.adapters.get('s')!.sites.values()];
  expect(params.map((each) => Object.keys(each))).toEqual(params.map(() => ['own', 'layer', 'matrix']));
  expect(new Set(params.map((each) => each['matrix'])).size).toBe(1);
  expect(new Set(params.map((each) => each['layer'])).size).toBe(3);
});

it('their gradients are those of all sites together', async () => {
  model.addAdapter('s', sharing(), { seed: 1 });
  model.compose('s');
  model.parameters.setTrainable((path) => path.startsWith('adapters/s/shared/'));
  expect(model.frozenLayers()).toBe(0);
  const { gradients } = await step();
  expect([...gradients.keys()]).toEqual(SHARED);
  for (const path of SHARED) {
    const data = Float32Array.from(await read(model.parameters.get(path)));
    const shape = [...model.parameters.get(path).shape];
    const moved = async (by: number): Promise<number> => {
      model.parameters.set(path, { shape, data: data.map((value, at) => (at === 1 ? value + by : value)) });
      return (await step()).loss;
    };
    const wanted = ((await moved(1e-2)) - (await moved(-1e-2))) / 2e-2;
    model.parameters.set(path, { shape, data });
    expect(Math.abs(gradients.get(path)![1]! - wanted), path).toBeLessThan(2e-3);
  }
});

it('a layer that is skipped leaves those of the model to the others', async () => {
  model.addAdapter('s', sharing(), { seed: 1 });
  model.compose('s');
  model.parameters.setTrainable((path) => path.startsWith('adapters/s/shared/'));
  const { gradients } = await step({ skip: [0] });
  expect([...gradients.keys()]).toEqual(SHARED.filter((path) => !path.includes('/0/')));
});

it('they are stored and put back', async () => {
  model.addAdapter('s', sharing(), { seed: 1 });
  const wanted = await hiddenOf(model, 's', batch);
  const values = await model.values('adapters', 's');
  expect(values.has('shared/model/matrix')).toBe(true);
  model.addAdapter('again', sharing(), { values });
  expect(await hiddenOf(model, 'again', batch)).toEqual(wanted);
  values.delete('shared/model/matrix');
  expect(() => model.addAdapter('less', sharing(), { values })).toThrow('shared/model/matrix is missing');
});

it('a name that a site has already is refused with the plugin, and nothing is left', () => {
  const paths = model.parameters.paths();
  expect(() => model.addAdapter('s', sharing({ model: ['matrix', 'own'] }), { seed: 1 })).toThrow(
    expect.objectContaining({ code: 'PLUGIN_INVALID', at: 'toys#sharing' }),
  );
  expect(model.parameters.paths()).toEqual(paths);
  expect(model.adapters.has('s')).toBe(false);
});

it('an adapter has a penalty, once for each site, while what it reads trains', async () => {
  model.addAdapter('s', sharing({ penalty: true }), { seed: 1 });
  expect(model.penaltyGradients()).toBeUndefined();
  model.parameters.setTrainable((path) => path === 'adapters/s/shared/model/matrix');
  const { penalty, gradients } = model.penaltyGradients()!;
  const matrix = await read(model.parameters.get('adapters/s/shared/model/matrix'));
  const squares = matrix.reduce((sum, value) => sum + value ** 2, 0);
  expect((await read(penalty))[0]).toBeCloseTo(6 * squares, 4);
  const [first] = await read(gradients.get('adapters/s/shared/model/matrix')!);
  expect(first).toBeCloseTo(12 * matrix[0]!, 4);
  dispose([penalty, ...gradients.values()]);
});

/** A fusion whose sites share one weight a child, and which says what mask it was given. */
const masks: number[][] = [];
const level = definePlugin<'fusion', object>({
  kind: 'fusion',
  id: 'level',
  packageName: 'toys',
  packageVersion: '1.0.0',
  supports: { minChildren: 1, trainable: true, weights: 'free' },
  options: () => ({}),
  create: (): Fusion => ({
    init: () => ({}),
    initShared: ({ scope: by, sites }, children, random) =>
      by === 'model' ? { weights: random.constant([children], 1 / sites.length) } : {},
    mix: (params, _, children, { residual, mask }) => {
      masks.push([...mask.shape]);
      const mixed = add(residual, mul(children[0]!.delta(), squareSum(params['weights']!)));
      return { mixed, weights: mul(residual, 1) };
    },
  }),
});

it('a fusion shares parameters too, and is given the mask of the tokens', async () => {
  const node = { type: 'fuse', fusion: 'f', children: ['a', 'b'] } as const;
  model.addFusion(level(), node, { seed: 1 });
  expect(model.parameters.paths().filter((path) => path.startsWith('fusions/'))).toEqual([
    'fusions/f/shared/model/weights',
  ]);
  expect(await read(model.parameters.get('fusions/f/shared/model/weights'))).toEqual(Float32Array.of(1 / 3, 1 / 3));
  masks.length = 0;
  model.compose(node);
  model.parameters.setTrainable((path) => path.startsWith('fusions/'));
  const { gradients } = await step();
  expect(gradients.get('fusions/f/shared/model/weights')!.every((value) => value !== 0)).toBe(true);
  expect(new Set(masks.map(String))).toEqual(new Set(['2,3']));
});

import {
  definePlugin,
  type Adapter,
  type Backbone,
  type Fusion,
  type Head,
  type HostTargets,
  type HostBatch,
  type Params,
  type Site,
  type Tensor,
} from '@adapterfusion/contracts';
import {
  activate,
  add,
  concat,
  crossEntropy,
  dropout,
  gatherRows,
  layerNorm,
  linear,
  mul,
  read,
  reshape,
  scope,
  slice,
  softmax,
  sum,
  tensor,
} from '@adapterfusion/tensor';
import { Model } from './index.js';

export const [width, layers, words] = [4, 3, 7];
const noise = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(1.3 * index + 0.7 * index * seed + 3.1 * seed));

const site = (layer: number, role: Site['role'], location: string): Site => ({
  name: `${layer}/${location}`,
  role,
  layer,
  location,
  inDim: width,
  outDim: width,
});
const sites = Array.from({ length: layers }, (_, layer) => [
  site(layer, 'linear', 'query'),
  site(layer, 'sublayer', 'mh_adapter'),
  site(layer, 'sublayer', 'output_adapter'),
]);

/** How many rows each layer saw in the last pass, and tokens of each. */
export const rowsSeen: number[] = [];
export const tokensSeen: number[] = [];

/** An encoder in which tokens do not see each other, so that every row and token can be checked alone. */
const backbone: Backbone = {
  modelType: 'toy',
  hidden: width,
  layers,
  maxLength: 16,
  headDropout: 0,
  attentionDropout: 0,
  sites: sites.flat(),
  parameters: [],
  pathOf: (name) => name,
  embed: (params, { ids }) =>
    scope(() => {
      rowsSeen.length = tokensSeen.length = 0;
      const [rows, time] = ids.shape as [number, number];
      return reshape(gatherRows(params['words']!, reshape(ids, [rows * time])), [rows, time, width]);
    }),
  layer: (index, params, states, _mask, act, pass) => {
    const hidden = pass.tokensUsed === 'first' ? slice(states, 1, 0, 1) : states;
    rowsSeen.push(hidden.shape[0]!);
    tokensSeen.push(hidden.shape[1]!);
    const [query, attention, output] = sites[index] as [Site, Site, Site];
    const norm = (value: Tensor): Tensor => layerNorm(value, params['gain']!, params['shift']!, 1e-5);
    const y = (at: Site, x: Tensor): Tensor => dropout(linear(x, params[at.name]!), 0.2, pass.train, at.name);
    const projected = act(query, { x: hidden, y: y(query, hidden) });
    const attended = act(attention, { x: hidden, y: y(attention, projected), residual: hidden, norm });
    return act(output, { x: attended, y: y(output, attended), residual: attended, norm });
  },
};

function encoder(): Params {
  const matrices = sites
    .flat()
    .map(({ name }, index) => [name, tensor(noise(width * width, index + 1), [width, width])]);
  return {
    words: tensor(noise(words * width, 40), [words, width]),
    gain: tensor(
      noise(width, 41).map((value) => 1 + value / 4),
      [width],
    ),
    shift: tensor(noise(width, 42), [width]),
    ...(Object.fromEntries(matrices) as Params),
  };
}

interface BumpOptions {
  readonly flow: 'sequential' | 'parallel';
  readonly role: Site['role'];
  readonly locations: readonly string[];
  readonly without: readonly number[];
  readonly tokenwise: boolean;
}

/** How often `delta` was called. */
export const calls = { delta: 0 };

function createBump({ flow, role, locations, without, tokenwise }: BumpOptions): Adapter {
  const parallel = flow === 'parallel';
  return {
    flow,
    tokenwise,
    actsAt: (at) => at.role === role && locations.includes(at.location) && !without.includes(at.layer),
    init: (_, random) => ({ down: random.normal([2, width], 1), up: random.normal([width, 2], 1) }),
    prepareInput(_, ctx) {
      if (parallel) return { input: ctx.x, query: { beforeNorm: ctx.x, afterNorm: ctx.x }, residual: ctx.x };
      const input = ctx.h === ctx.y || !ctx.norm ? ctx.normed() : ctx.norm(add(ctx.h, ctx.residual!));
      return { input, query: { beforeNorm: ctx.h, afterNorm: input }, residual: ctx.h };
    },
    delta(params, input) {
      calls.delta++;
      return linear(activate('tanh', linear(input, params['down']!)), params['up']!);
    },
    completeAdapter: (_, __, entered, delta) => (parallel ? delta : add(delta, entered.residual)),
    completeSublayer: (ctx, h) => (ctx.norm ? ctx.norm(add(parallel ? add(h, ctx.y) : h, ctx.residual!)) : h),
  };
}

export const bump = definePlugin<'adapter', BumpOptions>({
  kind: 'adapter',
  id: 'bump',
  packageName: 'toys',
  packageVersion: '1.0.0',
  supports: { roles: ['sublayer', 'linear'], merge: false, identityAtInit: false },
  options: (input) => ({
    flow: 'sequential',
    role: 'sublayer',
    locations: ['output_adapter'],
    without: [],
    tokenwise: true,
    ...(input as Partial<BumpOptions>),
  }),
  create: createBump,
});

/** An attention with one weight; `equal` has none and gives every child the same. */
function createFusion(equal: boolean, tokenwise: boolean): Fusion {
  return {
    tokenwise,
    init: (_, __, random) => (equal ? {} : { sharpness: random.constant([1], 0.8) }),
    mix: (params, query, children, { residual, childMask }) =>
      scope(() => {
        const deltas = children.map((child) => child.delta());
        const score = (delta: Tensor): Tensor => {
          const dot = sum(mul(query.afterNorm, delta), -1, true);
          return equal ? mul(dot, 0) : mul(dot, params['sharpness']!);
        };
        const logits = concat(deltas.map(score), 2);
        const weights = softmax(childMask ? add(logits, mul(add(childMask, -1), 1e30)) : logits);
        const parts = deltas.map((delta, index) => mul(delta, slice(weights, 2, index, 1)));
        return {
          mixed: add(
            parts.reduce((a, b) => add(a, b)),
            residual,
          ),
          weights,
        };
      }),
    ...(equal ? {} : { penalty: (params) => sum(mul(params['sharpness']!, params['sharpness']!)) }),
  };
}

export const toyFusion = definePlugin<'fusion', { equal: boolean; tokenwise: boolean }>({
  kind: 'fusion',
  id: 'toy',
  packageName: 'toys',
  packageVersion: '1.0.0',
  supports: { minChildren: 1, trainable: true },
  options: (input) => ({ equal: false, tokenwise: true, ...(input as object) }),
  create: ({ equal, tokenwise }) => createFusion(equal, tokenwise),
});

export const toyHead = definePlugin<'head', { tokensUsed: 'first' | 'all' }>({
  kind: 'head',
  id: 'first',
  packageName: 'toys',
  packageVersion: '1.0.0',
  supports: { tasks: ['text-classification'] },
  options: (input) => ({ tokensUsed: 'first', ...(input as object) }),
  create: ({ tokensUsed }, { labels, hidden }): Head => ({
    outputs: labels,
    tokensUsed,
    init: (random) => ({ weight: random.normal([labels, hidden], 1) }),
    pool: ({ hidden: states }) => reshape(slice(states, 1, 0, 1), [states.shape[0]!, hidden]),
    forward: (params, features) => linear(features, params['weight']!),
    loss: (outputs, { labels: given }, weights) => crossEntropy(outputs, given!.data, weights),
  }),
});

/** A model with the adapters a, b, c (sequential), p, q (parallel), elsewhere (at another place), twice (at both). */
export function toyModel(): Model {
  const model = new Model(backbone, encoder());
  const add_ = (name: string, options: Partial<BumpOptions>, seed: number): void =>
    model.addAdapter(name, bump(options), { seed });
  add_('a', {}, 1);
  add_('b', {}, 2);
  add_('c', { without: [0, 2] }, 3);
  add_('p', { flow: 'parallel' }, 4);
  add_('q', { flow: 'parallel' }, 5);
  add_('elsewhere', { locations: ['mh_adapter'] }, 6);
  add_('twice', { locations: ['mh_adapter', 'output_adapter'] }, 7);
  add_('linear', { role: 'linear', locations: ['query'] }, 8);
  model.addHead('h', toyHead(), ['x', 'y', 'z'], { seed: 1 });
  return model;
}

/** The targets that the toy head's loss reads. */
export const labelTargets = (labels: readonly number[]): HostTargets => ({
  labels: { data: Int32Array.from(labels), shape: [labels.length] },
});

export function batchOf(rows: readonly (readonly number[])[]): HostBatch {
  const shape = [rows.length, rows[0]!.length] as const;
  const ids = Int32Array.from(rows.flat());
  return { ids, types: new Int32Array(ids.length), mask: new Float32Array(ids.length).fill(1), shape };
}

/** The hidden states of a pass, `[rows][time × width]`, its tensors freed. */
export async function hiddenOf(
  model: Model,
  composition: unknown,
  batch: HostBatch,
  options: Parameters<Model['forward']>[1] = {},
): Promise<Float32Array[]> {
  model.compose(composition);
  const { hidden, mask, attention, hiddenStates } = model.forward(batch, options);
  const values = await read(hidden);
  for (const each of [hidden, mask, ...attention.map(({ weights }) => weights), ...hiddenStates]) each.dispose();
  const size = values.length / hidden.shape[0]!;
  return Array.from({ length: hidden.shape[0]! }, (_, row) => values.slice(row * size, (row + 1) * size));
}

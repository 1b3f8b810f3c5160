import type { AnyConfigured, Head, HostArray } from '@adapterfusion/contracts';
import { add, clone, keep, linear, mean, mul, reshape, slice, stopGradient } from '@adapterfusion/tensor';
import { headFrom } from './toy-head.spec.js';

type Broken = readonly [what: string, test: string, AnyConfigured<'head'>];
const SHAPES = 'gives features and outputs of the declared shapes';
const FIT = 'fits all parameters in closed form, where it has fit';
const ESTIMATE = 'estimates the loss of a fit on rows that it has not seen';
const fitted = ({ fit }: Head, ...given: Parameters<NonNullable<Head['fit']>>) =>
  fit!(...given) as { params: Record<string, HostArray> };

let count = 0;

export const BROKEN_HEADS: readonly Broken[] = [
  ['takes any option', 'refuses an option that it does not know', headFrom(undefined, {}, () => ({}))],
  [
    'names no task kind',
    'declares the task kinds whose targets it reads, and the options that it has',
    headFrom(undefined, { tasks: [] }),
  ],
  [
    'names another task kind',
    'declares the task kinds whose targets it reads, and the options that it has',
    headFrom(undefined, { tasks: ['other'] }),
  ],
  [
    'claims the option pooling',
    'declares the task kinds whose targets it reads, and the options that it has',
    headFrom(undefined, { pooling: true }),
  ],
  [
    'claims to standardise',
    'declares the task kinds whose targets it reads, and the options that it has',
    headFrom(undefined, { standardises: true }),
  ],
  [
    'starts at random',
    'starts with the same finite numbers from the same seed',
    headFrom(({ init }) => ({ init: (random) => ({ ...init(random), bias: random.constant([3], Math.random()) }) })),
  ],
  [
    'starts with NaN',
    'starts with the same finite numbers from the same seed',
    headFrom(({ init }) => ({ init: (random) => ({ ...init(random), bias: random.constant([3], NaN) }) })),
  ],
  ['declares other outputs', SHAPES, headFrom(() => ({ outputs: 2 }))],
  [
    'pools to three axes',
    SHAPES,
    headFrom(({ pool }) => ({
      pool: (input) => {
        const features = pool!(input);
        return reshape(features, [features.shape[0]!, 1, features.shape[1]!]);
      },
    })),
  ],
  [
    'keeps a tensor',
    'keeps its arguments as they are, and remembers nothing',
    headFrom(({ forward }) => ({
      forward: (params, features, train) => forward(params, keep(clone(features)), train),
    })),
  ],
  [
    'counts its passes',
    'keeps its arguments as they are, and remembers nothing',
    headFrom(({ forward }) => ({ forward: (...given) => mul(forward(...given), 1 + count++ / 100) })),
  ],
  [
    'frees its features',
    'keeps its arguments as they are, and remembers nothing',
    headFrom(({ forward }) => ({
      forward(params, features, train) {
        const outputs = forward(params, features, train);
        features.dispose();
        return outputs;
      },
    })),
  ],
  [
    'averages padding',
    'gives a row the same outputs alone, among others, and with more padding',
    headFrom(() => ({ pool: ({ hidden }) => mean(hidden, 1) })),
  ],
  [
    'looks at other rows',
    'gives a row the same outputs alone, among others, and with more padding',
    headFrom(({ forward }) => ({
      forward: (params, features, train) => add(forward(params, features, train), mean(features)),
    })),
  ],
  [
    'says that it uses the first token and averages all',
    'pools as it declares: the tokens used and the pooler',
    headFrom(() => ({ pool: ({ hidden }) => mean(hidden, 1) })),
  ],
  [
    'reads the pooler without saying so',
    'pools as it declares: the tokens used and the pooler',
    headFrom(() => ({ pool: ({ pooled }) => pooled!()! })),
  ],
  [
    'drops out in evaluation',
    'drops out while training only, and by the key',
    headFrom(({ forward }) => ({
      forward: (params, features) =>
        forward(params, features, { key: { seed: 1, step: Math.floor(Math.random() * 1e6), microBatch: 0 } }),
    })),
  ],
  [
    'drops out the same in every step',
    'drops out while training only, and by the key',
    headFrom(({ forward }) => ({
      forward: (params, features, train) => forward(params, features, train && { key: { ...train.key, step: 0 } }),
    })),
  ],
  [
    'has a loss for each row',
    'has a loss that is a finite scalar',
    headFrom(({ loss }) => ({ loss: (...given) => reshape(loss(...given), [1]) })),
  ],
  [
    'has no finite loss',
    'has a loss that is a finite scalar',
    headFrom(({ loss }) => ({ loss: (...given) => mul(loss(...given), NaN) })),
  ],
  [
    'stops a gradient',
    'has gradients that agree with finite differences',
    headFrom(() => ({
      forward: (params, features) => linear(features, stopGradient(params['weight']!), params['bias']),
    })),
  ],
  [
    'learns nothing',
    'has gradients that agree with finite differences',
    headFrom(() => ({ forward: (_, features) => slice(features, 1, 0, 3) })),
  ],
  [
    'ignores the weights of rows',
    'weighs rows in the mean of the loss',
    headFrom(({ loss }) => ({ loss: (outputs, targets, given) => loss(outputs, targets, { class: given?.class }) })),
  ],
  [
    'sums its loss over rows',
    'weighs rows in the mean of the loss',
    headFrom(({ loss }) => ({ loss: (outputs, ...given) => mul(loss(outputs, ...given), outputs.shape[0]!) })),
  ],
  [
    'ignores the weights of classes',
    'weighs classes in the mean of the loss, where the task kind has classes',
    headFrom(({ loss }) => ({ loss: (outputs, targets, given) => loss(outputs, targets, { row: given?.row }) })),
  ],
  [
    'says that it is linear and is not',
    'is exactly linear where it says so',
    headFrom(({ forward }) => ({ forward: (...given) => mul(forward(...given), 1.1) })),
  ],
  [
    'names a weight that it lacks',
    'is exactly linear where it says so',
    headFrom(() => ({ linear: { weight: 'w', bias: 'bias' } })),
  ],
  [
    'fits a part of its parameters',
    FIT,
    headFrom((sound) => ({
      fit(...given) {
        const { bias: _, ...params } = fitted(sound, ...given).params;
        return { params };
      },
    })),
  ],
  [
    'fits another shape',
    FIT,
    headFrom((sound) => ({
      fit(...given) {
        const { params } = fitted(sound, ...given);
        return { params: { ...params, bias: { ...params['bias']!, shape: [3, 1] } } };
      },
    })),
  ],
  [
    'fits at random',
    FIT,
    headFrom((sound) => ({
      fit(...given) {
        const { params } = fitted(sound, ...given);
        return { params: { ...params, bias: { data: Float32Array.of(Math.random(), 0, 0), shape: [3] } } };
      },
    })),
  ],
  [
    'fits to the wrong classes',
    FIT,
    headFrom((sound) => ({
      fit(...given) {
        const { params } = fitted(sound, ...given);
        const weight = params['weight']!;
        return { params: { ...params, weight: { ...weight, data: Float32Array.from(weight.data, (each) => -each) } } };
      },
    })),
  ],
  [
    'fits without pooled features',
    FIT,
    headFrom(() => ({
      pool: undefined as never,
      forward: (params, features) => linear(features, params['weight']!, params['bias']),
    })),
  ],
  [
    'estimates no number',
    ESTIMATE,
    headFrom((sound) => ({ fit: (...given) => ({ ...fitted(sound, ...given), loss: NaN }) })),
  ],
  [
    'estimates without an error',
    ESTIMATE,
    headFrom((sound) => ({ fit: (...given) => ({ params: fitted(sound, ...given).params, loss: 1 }) })),
  ],
];

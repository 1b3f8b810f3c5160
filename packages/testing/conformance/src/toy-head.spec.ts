import {
  definePlugin,
  parseOptions,
  type AnyConfigured,
  type Fields,
  type Head,
  type HostArray,
  type Supports,
} from '@adapterfusion/contracts';
import { textClassification } from '@adapterfusion/task-text-classification';
import { crossEntropy, dropout, linear, reshape, slice } from '@adapterfusion/tensor';

export const LABELS = ['no', 'yes', 'maybe'];
export const EXAMPLES: readonly Fields[] = [
  { text: 'one two three', label: 'no' },
  { text: 'a longer text of many words', label: 'yes' },
  { text: 'perhaps', label: 'maybe' },
  { text: 'two', pair: 'three', label: 1 },
];
export const HEAD_TARGETS = { taskKind: textClassification(), examples: EXAMPLES };

/** Weights towards the mean of the features of each class. */
function centroids(
  { data, shape }: HostArray,
  labels: ArrayLike<number>,
  count: number,
): { weight: Float32Array; bias: Float32Array } {
  const [inputs, width] = shape as [number, number];
  const weight = new Float32Array(count * width);
  const bias = new Float32Array(count);
  const counts = new Float32Array(count);
  for (let input = 0; input < inputs; input++) {
    const label = labels[input]!;
    counts[label]!++;
    for (let at = 0; at < width; at++) weight[label * width + at]! += data[input * width + at]!;
  }
  for (let label = 0; label < count; label++)
    for (let at = 0; at < width; at++) {
      weight[label * width + at]! /= Math.max(1, counts[label]!);
      bias[label]! -= weight[label * width + at]! ** 2 / 2;
    }
  return { weight, bias };
}

/** Nearest centroids: one linear layer over the first token. */
function soundHead(hidden: number, labels: number, probability: number): Head {
  return {
    outputs: labels,
    tokensUsed: 'first',
    linear: { weight: 'weight', bias: 'bias' },
    init: (random) => ({ weight: random.normal([labels, hidden], 0.02), bias: random.constant([labels], 0) }),
    pool: ({ hidden: states }) => reshape(slice(states, 1, 0, 1), [states.shape[0]!, hidden]),
    forward: (params, features, train) =>
      linear(dropout(features, probability, train, 'head'), params['weight']!, params['bias']),
    loss: (outputs, { labels: targets }, weights) => crossEntropy(outputs, targets!.data, weights),
    fit(features, { labels: targets }) {
      const { weight, bias } = centroids(features, targets!.data, labels);
      const params = { weight: { data: weight, shape: [labels, hidden] }, bias: { data: bias, shape: [labels] } };
      return { params, loss: 0.5, standardError: 0.1 };
    },
  };
}

export function headFrom(
  change: (sound: Head) => Partial<Head> = () => ({}),
  supports: Partial<Supports['head']> = {},
  options: (input: unknown) => object = (input) => parseOptions({}, input, 'centroids'),
): AnyConfigured<'head'> {
  return definePlugin<'head', object>({
    kind: 'head',
    id: 'centroids',
    packageName: '@adapterfusion/conformance',
    packageVersion: '0.1.0',
    supports: { tasks: ['text-classification'], ...supports },
    options,
    create: (_, { hidden, labels, dropout: probability }) => {
      const sound = soundHead(hidden, labels, probability);
      return { ...sound, ...change(sound) };
    },
  })();
}

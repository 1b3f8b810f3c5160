import type { Arm, Pace } from './arms.js';

/** Names like `rate=0.001 steps=40`. */
const named = ({ learningRate, steps }: Pace): string => `rate=${learningRate} steps=${steps}`;

const grid = (rates: readonly number[], steps: readonly number[]): Pace[] =>
  rates.flatMap((learningRate) => steps.map((count) => ({ learningRate, steps: count })));

/** Rates and steps of an adapter as `train` makes it, with a fitted head. */
const train: Arm[] = grid([1e-3, 3e-3], [20, 80, 240]).map((pace) => ({
  name: `train ${named(pace)}`,
  command: 'train',
  pace,
}));

/** The rate of an adapter on a wider encoder. */
const rate: Arm[] = [5e-4, 1e-3, 2e-3, 3e-3].map((learningRate) => ({
  name: `train rate=${learningRate} share=1`,
  command: 'train',
  pace: { learningRate, share: 1 },
}));

/** An adapter of a source, on 2,500 rows. */
const sources: Arm[] = grid([1e-3, 3e-3], [400, 1000]).map((pace) => ({
  name: `train ${named(pace)}`,
  command: 'train',
  pace,
}));

/** How the head of an adapter starts, and whether it is fitted again. */
const trainHead: Arm[] = grid([1e-3, 3e-3], [80, 320]).flatMap((pace): Arm[] => [
  { name: `train random head ${named(pace)}`, command: 'train', pace, options: { headStart: 'random' } },
  { name: `train refitted head ${named(pace)}`, command: 'train', pace, options: { refitHead: true } },
]);

const fusion = (name: string, method: string, pace: Pace, options: Arm['options'] = {}): Arm => ({
  name: `${name} ${named(pace)}`,
  command: 'fuse',
  pace,
  options: { fusion: method, ...options },
});

const MIXES = {
  number: 'scaling[per=number]',
  vector: 'scaling[per=vector]',
  attention: 'attention[initial=average]',
  paper: 'attention',
} as const;

/** The mix, without steps: the average at its strengths. */
const average: Arm[] = [
  { name: 'average', command: 'fuse', options: { fusion: 'average' } },
  ...[0.25, 0.5, 1].map((strength): Arm => ({
    name: `average strength=${strength}`,
    command: 'fuse',
    options: { fusion: `average[strength=${strength}]` },
  })),
];

/** The mix, trained: rates, and shares of the steps that an adapter is trained for by default. */
const mix: Arm[] = [1e-3, 3e-3].flatMap((learningRate) =>
  [0.25, 1].flatMap((share) =>
    Object.entries(MIXES).map(([name, method]): Arm => ({
      name: `${name} rate=${learningRate} share=${share}`,
      command: 'fuse',
      pace: { learningRate, share },
      options: { fusion: method },
    })),
  ),
);

/** How the head of a trained mix starts. */
const mixHead: Arm[] = grid([1e-3], [80]).flatMap((pace) => [
  fusion('number random head', MIXES.number, pace, { headStart: 'random' }),
  fusion('attention random head', MIXES.attention, pace, { headStart: 'random' }),
  fusion('attention refitted head', MIXES.attention, pace, { refitHead: true }),
]);

/** How wide the bottleneck is: an arm with the default pace for each reduction factor. */
const width: Arm[] = [16, 8, 4, 2].map((factor) => ({
  name: `train reduction_factor=${factor}`,
  command: 'train',
  options: { adapter: `seq_bn[reduction_factor=${factor}]` },
}));

/** How the head of the average starts: fitted without or with the sources' heads, or at random and trained in steps. */
const start: Arm[] = [
  { name: 'average, fitted head', command: 'fuse', options: { fusion: 'average' }, renamed: true },
  { name: "average, head from the sources'", command: 'fuse', options: { fusion: 'average' } },
  {
    name: 'average, random head',
    command: 'fuse',
    options: { fusion: 'average', headStart: 'random' },
    pace: { learningRate: 3e-3, steps: 80 },
  },
];

/** The target's own adapter by itself, and among the averaged ones. */
const own: Arm[] = [
  { name: 'train', command: 'train' },
  { name: 'average, own adapter seen', command: 'fuse', options: { fusion: 'average' }, own: 'seen' },
  { name: 'average, own adapter cross-fitted', command: 'fuse', options: { fusion: 'average' }, own: 'cross-fitted' },
];

/** Probabilities of two models, averaged. */
const logits: Arm[] = [
  { name: 'average beside the head', command: 'fuse', options: { fusion: 'average' }, beside: 'head' },
  { name: 'average beside the own adapter', command: 'fuse', options: { fusion: 'average' }, beside: 'st-a' },
];

/** The mix as it is trained by default, beside the average. */
const mixDefault: Arm[] = Object.entries(MIXES).map(([name, method]) => ({
  name: `${name}, by default`,
  command: 'fuse',
  options: { fusion: method },
}));

const pooling: Arm[] = (['cls', 'mean'] as const).map((kind) => ({
  name: `average pooling=${kind}`,
  command: 'fuse',
  options: { fusion: 'average', head: { pooling: kind } },
}));

/** The steps of the ladder, by name. */
export const LADDER: Readonly<Record<string, readonly Arm[]>> = {
  pooling,
  average,
  rate,
  sources,
  width,
  train,
  trainHead,
  mix,
  mixHead,
  start,
  own,
  logits,
  mixDefault,
};

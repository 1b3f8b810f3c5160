import type { TrainOptions } from 'adapterfusion';

type Options = Pick<TrainOptions, 'dataOptions' | 'adapter' | 'head' | 'trainRows'> & {
  readonly settings: NonNullable<TrainOptions['settings']>;
};

/** How a task is trained on, whatever the encoder. */
interface TaskSettings {
  /** Longest input in tokens. */
  readonly maxLength: number;
  /** Passes over the rows when the encoder trains; twice as many when it is frozen. */
  readonly epochs: number;
  readonly dataOptions?: object;
}

/** Tasks that can be measured. QQP is trained on its validation file and measured on its test file. */
export const TASKS: Readonly<Record<string, TaskSettings>> = {
  sst2: { maxLength: 64, epochs: 3 },
  mrpc: { maxLength: 128, epochs: 10 },
  rte: { maxLength: 128, epochs: 10 },
  cola: { maxLength: 64, epochs: 10 },
  qqp: {
    maxLength: 128,
    epochs: 5,
    dataOptions: { files: { train: 'dev.tsv', validation: 'test.tsv' }, encoding: 'utf-8-lossy' },
  },
};

interface Rates {
  readonly full: number;
  readonly adapter: number;
  readonly reduction: number;
}

/** Learning rates and the adapter's reduction factor for encoders up to a width, smallest first. */
const BY_WIDTH: readonly (readonly [width: number, Rates])[] = [
  [128, { full: 3e-4, adapter: 1e-3, reduction: 4 }],
  [384, { full: 1e-4, adapter: 5e-4, reduction: 16 }],
  [Infinity, { full: 3e-5, adapter: 1e-4, reduction: 16 }],
];

/** Strategies that can be measured. */
export const STRATEGIES = ['full', 'st-a', 'head'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What the user may choose otherwise. */
export interface Changes {
  readonly learningRate?: number;
  readonly epochs?: number;
  readonly trainRows?: number;
  readonly pooling: 'cls' | 'pooler' | 'mean';
}

/** The options of one run: fixed by strategy, task and the encoder's width, so that no measured row chooses them. */
export function optionsFor(
  strategy: Strategy,
  task: string,
  width: number,
  { pooling, trainRows, ...changes }: Changes,
): Options {
  const { maxLength, epochs, dataOptions } = TASKS[task]!;
  const rates = BY_WIDTH.find(([most]) => width <= most)![1];
  const rate = { full: rates.full, 'st-a': rates.adapter, head: 1e-3 }[strategy];
  return {
    settings: {
      epochs: changes.epochs ?? (strategy === 'full' ? epochs : 2 * epochs),
      learningRate: changes.learningRate ?? rate,
      batchSize: 32,
      maxLength,
    },
    head: { pooling },
    ...(dataOptions ? { dataOptions } : {}),
    ...(strategy === 'st-a' ? { adapter: `seq_bn[reduction_factor=${rates.reduction}]` } : {}),
    ...(trainRows === undefined ? {} : { trainRows }),
  };
}

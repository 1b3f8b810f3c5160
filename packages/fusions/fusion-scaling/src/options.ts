import { option, parseOptions, type OptionsOf } from '@adapterfusion/contracts';

const specs = {
  /** The weight of an adapter at a site: one number, or a vector with one number for each channel. */
  per: option.choice<'number' | 'vector'>('vector', ['number', 'vector']),
  /** Which sites have weights in common: none, those of a layer, or all (the paper's ScaLearn++ and ScaLearnUniform++). */
  shared: option.choice<'site' | 'layer' | 'model'>('site', ['site', 'layer', 'model']),
  /**
   * Initial weights of N adapters. `average`: exactly 1/N, so that the fusion starts as the mean of the contributions;
   * `paper`: normal with mean 2/N and standard deviation 0.001.
   */
  initial: option.choice<'average' | 'paper'>('average', ['average', 'paper']),
  /** Strength of the penalty that pulls the weights towards 1/N; 0 for none. */
  ridge: option.number(0.01, { min: 0 }),
  /** Dropout probability on the weights while training; the paper uses 0.3. */
  dropout: option.number(0, { min: 0, max: 0.999 }),
};

/** Options of the fusion `scaling`. */
export type ScalingOptions = OptionsOf<typeof specs>;

/** Checks options and fills in the defaults. @throws OPTIONS_INVALID */
export const parseScaling = (input: unknown): ScalingOptions => parseOptions(specs, input, 'scaling');

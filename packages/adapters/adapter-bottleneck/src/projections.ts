import type { ParameterRandom, Params, SharedScope, Tensor } from '@adapterfusion/contracts';
import { linear } from '@adapterfusion/tensor';

/** The two projections of a bottleneck, from the hidden width down and up again. */
export interface BottleneckProjections {
  /** New parameters of both, under `down.` and `up.`. @returns tensors that the caller owns */
  init(width: number, size: number, random: ParameterRandom): Params;
  /** Those that sites share. */
  initShared?(scope: SharedScope, random: ParameterRandom): Params;
  /** `x · W + b`. @param x `[batch, time, width]`, or of the bottleneck's width */
  project(params: Params, which: 'down' | 'up', x: Tensor): Tensor;
  /** Whether `weight` and `bias` of each are parameters. */
  readonly dense: boolean;
}

/** A matrix `weight` `[out, in]` and a `bias` each, which `initialParameters` makes. */
export const DENSE: Pick<BottleneckProjections, 'project' | 'dense'> = {
  dense: true,
  project: (params, which, x) => linear(x, params[`${which}.weight`]!, params[`${which}.bias`]),
};

import type { LossWeights, StepExclusions, Tensor, TrainMode } from '@adapterfusion/contracts';
import type { ForwardOptions } from './forward.js';

/** What a loss is taken over. */
export interface LossOptions extends StepExclusions, Pick<ForwardOptions, 'composition'> {
  readonly head: string;
  readonly weights?: LossWeights;
  readonly train: TrainMode;
  /** What `Model.activations` gave for the batch: the pass begins there. */
  readonly activations?: Tensor;
}

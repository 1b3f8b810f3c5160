import type { AdapterFusionError, Phase } from '@adapterfusion/contracts';
import type { CheckpointStore } from './checkpoint-store.js';
import type { BackendIdentity } from './run-identity.js';
import type { TrainableModel, TrainingRow } from './trainable-model.js';

/** What a phase is trained with. */
export interface TrainLoopOptions {
  readonly model: TrainableModel;
  /** Name of the head that is trained and measured. */
  readonly head: string;
  readonly rows: readonly TrainingRow[];
  /** Measured after every epoch; none by default. */
  readonly validation?: readonly TrainingRow[];
  readonly phase: Phase;
  /** Names of metrics; the first decides about early stopping and the best epoch. */
  readonly metrics: readonly string[];
  /** Names of the labels; none in regression and multiple choice. */
  readonly labels: readonly string[];
  /** The id that fills rows up; 0 by default. */
  readonly padId?: number;
  /** What computes (`currentBackend()`): a checkpoint of another is refused. */
  readonly backend: BackendIdentity;
  /** Where checkpoints are written and looked for; none by default. */
  readonly checkpoint?: CheckpointStore;
  /** Whatever else the result depends on, the frozen weights first: another text is another run. */
  readonly identity?: string;
  /** Goes on with another run's checkpoint, as far as its tensors fit. */
  readonly force?: boolean;
  /** Ends the run after the present step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Told of a damaged checkpoint that was passed over. */
  readonly warn?: (warning: AdapterFusionError) => void;
}

import type { AdapterFusionError, Phase } from '@adapterfusion/contracts';
import type { CheckpointStore } from './checkpoint-store.js';
import type { BackendIdentity } from './run-identity.js';
import type { TrainingRows } from './stored-rows.js';
import type { TrainableModel, TrainingKind, TrainingRow } from './trainable-model.js';

/** A task that a phase trains on. */
export interface LoopTask {
  /** Name of the head that is trained and measured. */
  readonly head: string;
  readonly rows: TrainingRows;
  /** Places of the rows that are trained on; all by default. */
  readonly places?: readonly number[];
  /** Measured after every epoch; none by default. */
  readonly validation?: readonly TrainingRow[];
  /** Names of metrics of the kind; the first decides about early stopping and the best epoch, of several tasks the mean of the first. */
  readonly metrics: readonly string[];
  readonly kind: TrainingKind;
  /** What acts on the rows, as the model knows it; absent: the model's own composition. */
  readonly composition?: unknown;
  /** Called before the model works on the task, for example to give parameters other values. */
  readonly enter?: () => void;
}

/** What a phase is trained with. */
export interface TrainLoopOptions {
  readonly model: TrainableModel;
  /** At least one; of several, every step is a batch of one of them. */
  readonly tasks: readonly LoopTask[];
  readonly phase: Phase;
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

export { yieldToEventLoop } from './yield-to-event-loop.js';
export { decodeCheckpoint } from './checkpoint-bytes.js';
export { checkpointStore, type CheckpointStore } from './checkpoint-store.js';
export {
  evaluate,
  exampleRows,
  examplePredictions,
  exampleSpans,
  exampleTargets,
  type EvaluateOptions,
  type Evaluation,
} from './evaluate.js';
export { runBatches, type BatchRunOptions, type RowBatch } from './run-batches.js';
export { trainLoop } from './loop.js';
export type { LoopTask, TrainLoopOptions } from './loop-options.js';
export { settingsIdentity, type BackendIdentity } from './run-identity.js';
export { DEFAULT_SETTINGS, resolveSettings } from './settings.js';
export { joinMetrics } from './task-metrics.js';
export type { HostBatch } from '@adapterfusion/contracts';
export { balancedWeights } from './class-weights.js';
export { allRows, rowsAt, targetsOf, type StoredRows, type TrainingRows } from './stored-rows.js';
export { measure } from './measure.js';
export type { HeadPass, TrainableModel, TrainableParameters, TrainingKind, TrainingRow } from './trainable-model.js';

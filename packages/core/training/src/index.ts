export { breathe } from './breathe.js';
export { checkpointStore, type CheckpointStore } from './checkpoint-store.js';
export { evaluate, type EvaluateOptions, type Evaluation } from './evaluate.js';
export { trainLoop } from './loop.js';
export type { TrainLoopOptions } from './loop-options.js';
export { type BackendIdentity } from './run-identity.js';
export { DEFAULT_SETTINGS, resolveSettings } from './settings.js';
export type { HostBatch } from '@adapterfusion/contracts';
export type { TrainableModel, TrainableParameters, TrainingRow } from './trainable-model.js';

export { AdapterFusionError, type TrainEvent } from '@adapterfusion/contracts';
export { evaluate, type EvaluateOptions, type EvaluationReport, type WorstRow } from './evaluate.js';
export type { AttentionSummary, DataEvent, RunEvent, SavedEvent, TableEvent, TableRow } from './events.js';
export { fuse, type FuseOptions } from './fuse.js';
export { importAdapterHub, type ImportOptions } from './import-setup.js';
export { createRegistry } from './in-house.js';
export { load, type Input, type LoadedModel, type LoadOptions, type Prediction, type PredictOptions } from './load.js';
export type { CommonOptions, DataOptions, Progress, TrainingOptions } from './options.js';
export { train, type TrainOptions } from './train.js';

export type {
  Budget,
  ExperimentFile,
  FileSettings,
  GivenAdapter,
  Protocol,
  Search,
  StrategyEntry,
  StrategyTask,
  TaskEntry,
} from './file.js';
export type { OpenOptions } from './open-experiment.js';
export { previewExperiment, type Preview, type PreviewedRun } from './preview.js';
export { readExperiment, readOtherResults, type ExperimentResults } from './read-experiment.js';
export type {
  CellResult,
  Course,
  FailedCell,
  OtherResult,
  SourceResult,
  Stage,
  TaskRecord,
  TaskResult,
} from './results.js';
export { runExperiment, type ExperimentEvent, type RunExperimentOptions } from './run-experiment.js';
export { EXPERIMENT_SCHEMA } from './schema.js';
export { openWorker, type Worker, type WorkerOptions } from './worker.js';
export type { Ended, Places, Running, Workers } from './workers.js';

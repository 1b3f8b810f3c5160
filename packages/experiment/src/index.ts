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
export { readExperiment, type ExperimentResults } from './read-experiment.js';
export type { CellResult, Course, FailedCell, Stage, TaskRecord, TaskResult } from './results.js';
export { runExperiment, type ExperimentEvent, type RunExperimentOptions } from './run-experiment.js';
export { EXPERIMENT_SCHEMA } from './schema.js';

export { AdapterFusionError, type TrainEvent } from '@adapterfusion/contracts';
export { baseline, BASELINES, type Baseline, type BaselineOptions, type BaselineResult } from './baseline.js';
export { evaluate, type EvaluateOptions, type EvaluationReport, type WorstRow } from './evaluate.js';
export type {
  AttentionSummary,
  DataEvent,
  Measured,
  MeasuredSplit,
  ParameterCounts,
  RunEvent,
  SavedEvent,
  SingleRow,
  SiteWeights,
  Method,
  TableEvent,
  TableRow,
} from './events.js';
export {
  fingerprintData,
  fingerprintEncoder,
  type DataRecord,
  type EncoderRecord,
  type SplitRecord,
} from './fingerprints.js';
export { exportAdapterHub, type ExportAdapterHubOptions } from './export-adapterhub.js';
export { exportCompiled, type CompiledBundle, type ExportCompiledOptions } from './export-compiled.js';
export { exportPeft, type ExportPeftOptions } from './export-peft.js';
export {
  exportSingleAdapter,
  type ExportSingleAdapterOptions,
  type SingleAdapterBundle,
} from './export-single-adapter.js';
export { fuse, type FuseOptions } from './fuse.js';
export type { HeadStart } from './head-start.js';
export { importAdapterHub, type ImportOptions } from './import-setup.js';
export {
  automaticBackends,
  backendLack,
  closeBackend,
  openBackend,
  type BackendInfo,
  type BackendName,
  type UnavailableReason,
} from '@adapterfusion/tensor';
export { compositionRule, SELECTION_ROWS } from './composition-rule.js';
export { compareProofs, type Difference, type ProofComparison } from './compare-proofs.js';
export { createRegistry, registryOf } from './builtin-plugins.js';
export { readInputs, writeJsonLines } from './json-lines.js';
export { inspectData, type DataInspection, type InspectDataOptions } from './inspect-data.js';
export {
  inspect,
  type AdapterWorth,
  type InspectedData,
  type InspectedPart,
  type Inspection,
  type InspectOptions,
} from './inspect.js';
export { load, type LoadedModel, type LoadOptions, type PredictOptions } from './load.js';
export type { DataRow, DataRows } from './memory-rows.js';
export type { CommonOptions, DataOptions, Progress, TrainingOptions } from './options.js';
export {
  listInstalled,
  type Installed,
  type InstalledAdapter,
  type InstalledBundle,
  type InstalledPlugins,
} from './list-installed.js';
export { pack, type PackBundleOptions } from './pack.js';
export type { Input, Prediction } from './prediction.js';
export { filesOf, residentMemory } from './platform.js';
export { prune, type PruneOptions, type PruneReport, type PruneRow } from './prune.js';
export { probe, type Probe, type Speed } from './probe.js';
export { prove, type Numbers, type Proof } from './prove.js';
export { quantize, type QuantizedCopy, type QuantizeOptions } from './quantize.js';
export type { TaskData, TaskList } from './task-list.js';
export type { Lengths, SplitStatistics } from './split-statistics.js';
export type { TokenCounts } from './unknown-tokens.js';
export { train, type TrainOptions } from './train.js';
export { webFiles, type WebSource } from './web-files.js';
export { withHub, type WebHubOptions } from './web-hub.js';

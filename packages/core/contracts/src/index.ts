export { attentionAdapter } from './adapter.js';
export type {
  Adapter,
  AdapterTerm,
  AttentionAdapter,
  CombinedAdapter,
  AdapterInput,
  LowRank,
  ParameterRandom,
  SharedScope,
} from './adapter.js';
export type {
  AttentionHookInput,
  SiteHook,
  Backbone,
  HostBatch,
  ParameterSpec,
  PassContext,
  SiteHookInput,
  TokenBatch,
} from './backbone.js';
export type { Dataset, DatasetSource, Example, Split, TaskDeclaration, TextExample } from './dataset.js';
export { AdapterFusionError, ERROR_CODES, type ErrorCode, type ErrorParts } from './errors.js';
export type { FileBytes, Files } from './files.js';
export type { Child, FoldedFactors, Fusion, FusionQuery, MixContext, Prepared } from './fusion.js';
export { hash32 } from './hash.js';
export type { Head, HeadContext, HeadFit, HeadFitOptions, HeadInput, LinearHead, LossWeights } from './head.js';
export { camelCase } from './camel-case.js';
export { checkName } from './names.js';
export { nearest } from './nearest.js';
export {
  checkLeftOut,
  option,
  parseOptions,
  refuseUnimplemented,
  unimplementedOptions,
  type OptionSpec,
  type OptionsOf,
} from './options.js';
export { parameterAt, parameterPath, sharedBy, sharedSite, type ParameterReference } from './parameter.js';
export {
  SPEC,
  configure,
  definePlugin,
  identityOf,
  type AnyConfigured,
  type AnyPlugin,
  type Configured,
  type Instances,
  type JsonValue,
  type Plugin,
  type PluginFactory,
  type PluginKind,
  type Supports,
  type CreateContext,
} from './plugin.js';
export {
  ATTENTION_LOCATIONS,
  atProjections,
  checkProjections,
  projectionOptions,
  type Projections,
} from './projections.js';
export type { AttentionContext, AttentionInput, RandomKey, Site, SiteContext, SiteRole, TrainMode } from './site.js';
export type {
  AnyTaskKind,
  AssembledEncoding,
  BatchShape,
  Encoding,
  Fields,
  HostArray,
  HostTargets,
  Row,
  RowOutput,
  TaskBaseline,
  TaskColumn,
  TaskContext,
  TaskKind,
  TaskMetric,
  TaskTokenizer,
} from './task.js';
export type { DType, Params, Tensor } from './tensor.js';
export type {
  StepExclusions,
  LoopSettings,
  LossBatch,
  ParameterGroup,
  Phase,
  TrainEvent,
  Trainer,
  TrainerContext,
  TrainerTask,
} from './trainer.js';

export type { HostBatch } from '@adapterfusion/contracts';
export { compileForInference } from './compile.js';
export { adaptersOf, checkComposition, NESTING, nodesOf, type Composition } from './composition.js';
export type { ForwardOptions, FusionAttention, Hidden } from './forward.js';
export type { Source } from './initialise.js';
export type { LossOptions } from './loss-options.js';
export { Model } from './model.js';
export type { HeadTask } from './registered.js';
export { ParameterSet, type Values } from './parameters.js';

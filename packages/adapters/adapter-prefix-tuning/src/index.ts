export type { PrefixTuningOptions } from './options.js';
export { prefixTuning } from './plugin.js';

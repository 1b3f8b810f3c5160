export { attention, staticAttention } from './attention.js';
export type { AttentionOptions } from './options.js';

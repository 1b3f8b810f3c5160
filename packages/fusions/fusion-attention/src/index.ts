export { attention, staticAttention } from './plugins.js';
export type { AttentionOptions } from './options.js';

export { attention, staticAttention, textbook } from './plugins.js';
export type { AttentionOptions } from './options.js';

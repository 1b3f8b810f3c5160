export type { ClassificationOptions } from './options.js';
export { classification } from './plugin.js';

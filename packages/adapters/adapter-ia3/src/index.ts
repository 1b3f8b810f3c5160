export type { Ia3Options } from './options.js';
export { ia3 } from './plugin.js';

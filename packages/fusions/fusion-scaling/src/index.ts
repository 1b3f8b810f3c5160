export { scaling } from './plugin.js';
export type { ScalingOptions } from './options.js';

export type { LoraOptions } from './options.js';
export { lora } from './plugin.js';

export { clipped } from './clipped.js';
export { film } from './film.js';
export { loudest } from './loudest.js';
export { slots } from './slots.js';
export { tiedLora } from './tied-lora.js';

export { boolq } from './boolq.js';
export { cb } from './cb.js';
export { wic } from './wic.js';

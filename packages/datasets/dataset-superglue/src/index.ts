export { boolq } from './boolq.js';
export { cb } from './cb.js';
export { copa } from './copa.js';
export { wic } from './wic.js';

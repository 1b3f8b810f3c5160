export { cb, type NoOptions } from './cb.js';

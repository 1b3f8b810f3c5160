export { fullFineTuning } from './full.js';

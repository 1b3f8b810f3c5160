export { sick, type NoOptions } from './sick.js';

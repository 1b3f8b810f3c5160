export { classification, type ClassificationOptions } from './plugin.js';

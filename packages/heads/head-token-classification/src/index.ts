export { tokenClassification, type TokenClassificationOptions } from './plugin.js';

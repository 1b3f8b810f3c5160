export { tokenClassification, type Entity, type TokenClassificationAnswer } from './plugin.js';

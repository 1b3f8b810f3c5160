export { textClassification, type TextClassificationAnswer } from './plugin.js';

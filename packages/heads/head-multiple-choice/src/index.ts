export { multipleChoice, type MultipleChoiceOptions } from './plugin.js';

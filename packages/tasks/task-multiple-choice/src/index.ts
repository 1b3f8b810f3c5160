export { multipleChoice, type MultipleChoiceAnswer } from './plugin.js';

export { questionAnswering, type QuestionAnsweringAnswer, type QuestionAnsweringOptions } from './plugin.js';

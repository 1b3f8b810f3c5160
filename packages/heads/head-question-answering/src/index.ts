export { questionAnswering, type QuestionAnsweringOptions } from './plugin.js';

export { argument } from './argument.js';

export { bert } from './bert.js';

export { distilbert } from './distilbert.js';

export { average, type AverageOptions } from './plugin.js';

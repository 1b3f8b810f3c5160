export { regression, type RegressionOptions } from './plugin.js';

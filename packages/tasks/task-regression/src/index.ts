export { regression, type RegressionAnswer, type RegressionTaskOptions } from './plugin.js';

export { testAdapter } from './adapter-suite.js';
export { testDataset, type BrokenSource } from './dataset-suite.js';
export { testFusion } from './fusion-suite.js';
export type { SuiteOptions, TestRunner } from './runner.js';

export { testAdapter } from './adapter-suite.js';
export { testDataset, type BrokenSource } from './dataset-suite.js';
export { testFusion } from './fusion-suite.js';
export type { HeadSuiteOptions, TargetExamples, TargetRows } from './head-fixture.js';
export { testHead } from './head-suite.js';
export type { SuiteOptions, TestRunner } from './runner.js';
export type { BrokenFields, TaskSuiteOptions } from './task-fixture.js';
export { testTaskKind } from './task-suite.js';

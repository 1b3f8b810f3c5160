import { openBackend, tensorCount, type BackendName } from '@adapterfusion/tensor';
import { ensure } from './expect.js';

/** What is used of a test runner: vitest, jest, mocha and `node:test` have it. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

/** How a suite runs. */
export interface SuiteOptions {
  /**
   * Where the numbers are computed, `cpu` by default. One backend a process: suites of one test file share it. `native` and
   * `cuda` want their provider first.
   */
  readonly backend?: BackendName;
}

/** Tests that open the backend first and fail when they leave tensors behind. */
export type Check = (name: string, body: () => Promise<void> | void) => void;

/** Turns checks into tests of a runner. */
export function checksOn(runner: TestRunner, { backend = 'cpu' }: SuiteOptions): Check {
  return (name, body) =>
    void runner.it(name, async () => {
      await openBackend(backend);
      const before = tensorCount();
      await body();
      const left = tensorCount() - before;
      // What a check holds, it frees itself: the rest is the plugin's.
      ensure(left === 0, `no tensor left behind; there are ${left} more than before`);
    });
}

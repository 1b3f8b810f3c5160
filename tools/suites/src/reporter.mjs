import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';

/**
 * Vitest reporter that writes a suite's counts to a file. A test file that does not load, a failing hook and an error
 * outside any test count as failures of their own.
 */
export default class ResultsReporter {
  /** @param {string} root the test names start with the path from here @param {string} file where the counts are written */
  constructor(root, file) {
    this.root = root;
    this.file = file;
  }

  onTestRunEnd(modules, unhandled) {
    const failures = unhandled.map((error) => `outside any test: ${error.message}`);
    const results = { passed: 0, failures, skips: [], seconds: {} };
    for (const module of modules) {
      const file = relative(this.root, module.moduleId);
      const { collectDuration, duration, prepareDuration, setupDuration } = module.diagnostic();
      results.seconds[file] = Math.round(prepareDuration + setupDuration + collectDuration + duration) / 1000;
      const broken = [module, ...module.children.allSuites()].flatMap((part) => part.errors());
      for (const error of broken) results.failures.push(`${file}: ${error.message}`);
      for (const test of module.children.allTests()) {
        const name = `${file} > ${test.fullName}`;
        const { state, note } = test.result();
        if (state === 'passed') results.passed++;
        else if (state === 'skipped' && broken.length === 0) results.skips.push({ name, reason: note ?? '' });
        else results.failures.push(state === 'failed' ? name : `${name}: not run`);
      }
    }
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, JSON.stringify(results));
  }
}

import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from './workspaces.mjs';

/**
 * Vitest reporter: counts what test-all adds up and writes it to the file that AF_RESULTS names. A file that does not
 * load, a failing hook and an error outside any test count as failures of their own.
 */
export default class ResultsReporter {
  onTestRunEnd(modules, unhandled) {
    const results = { passed: 0, failures: unhandled.map((error) => `outside any test: ${error.message}`), skips: [] };
    for (const module of modules) {
      const file = relative(root, module.moduleId);
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
    writeFileSync(process.env.AF_RESULTS, JSON.stringify(results));
  }
}

/**
 * The suites that are targets of their own, by the part of the file name before `.test.ts`: `products.native.test.ts`
 * belongs to the target `test-native`. Every other test file belongs to the target `test`, which `npm run check` runs.
 * They are never cached: what they depend on cannot be hashed, or they take minutes.
 */
export const KINDS = {
  process: 'starts processes: the command line, a service, a generator',
  native: 'needs the native CPU backend',
  dawn: 'needs WebGPU in Node (Dawn)',
  chromium: 'needs Chromium',
  registry: 'starts an npm registry and installs packages from it',
  install: 'downloads and builds the native backend, or replaces the programs that do',
  kill: 'interrupts and kills runs, and resumes them',
  machine: 'measures the machine it runs on',
  slow: 'takes minutes, compiles the whole repository, or reads all data sets',
};

/** The target a test file belongs to. @param {string} file path or name */
export function targetOf(file) {
  const kind = file.split('.').at(-3) ?? '';
  return Object.hasOwn(KINDS, kind) ? `test-${kind}` : 'test';
}

/** All test targets. */
export const TARGETS = ['test', ...Object.keys(KINDS).map((kind) => `test-${kind}`)];

/** Where a suite's counts are written. @param {string} project folder relative to the repository @param {string} target */
export const resultsFile = (project, target) => `test-results/${project}/${target}.json`;

/** Where the outcome of every task of the last run is written. */
export const TASKS_FILE = 'test-results/tasks.json';

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KINDS, resultsFile, targetOf, TASKS_FILE } from './suites.mjs';

/** Nx plugin: infers a project's test targets from its test files, and writes down how every task ended. */
export const name = 'adapterfusion-suites';

export const createNodes = [
  '{apps,benchmarks,packages,tools}/**/src/**/*.test.ts',
  (files, _options, { workspaceRoot }) => {
    /** @type {Map<string, Set<string>>} */
    const projects = new Map();
    for (const file of files) {
      const project = projectOf(file, workspaceRoot);
      if (project !== undefined) projects.set(project, (projects.get(project) ?? new Set()).add(targetOf(file)));
    }
    return [...projects].map(([root, targets]) => {
      const entries = [...targets].sort().map((target) => [target, suite(root, target)]);
      return [`${root}/package.json`, { projects: { [root]: { targets: Object.fromEntries(entries) } } }];
    });
  },
];

/** @param {unknown} _options @param {{ taskResults: Record<string, { task: { target: object }, status: string }>, workspaceRoot: string }} context */
export function postTasksExecution(_options, { taskResults, workspaceRoot }) {
  const outcomes = Object.entries(taskResults).map(([id, { status, task }]) => ({
    id,
    status,
    target: task.target.target,
    project: task.projectRoot,
  }));
  const file = join(workspaceRoot, TASKS_FILE);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(outcomes));
}

/** The folder of the package that a file belongs to. */
function projectOf(file, workspaceRoot) {
  let folder = dirname(file);
  while (folder !== '.' && !existsSync(join(workspaceRoot, folder, 'package.json'))) folder = dirname(folder);
  return folder === '.' ? undefined : folder;
}

/** @param {string} root of the project @param {string} target */
function suite(root, target) {
  const need = KINDS[target.slice('test-'.length)];
  return {
    command: `node tools/suites/src/run-suite.mjs ${root} ${target}`,
    // Some tests read or run the built packages.
    dependsOn: [{ projects: ['workspace'], target: 'build' }],
    cache: need === undefined,
    inputs: ['default', '^production', 'suite'],
    outputs: [`{workspaceRoot}/${resultsFile(root, target)}`],
    metadata: { technologies: ['vitest'], description: need ?? 'Tests that run in one process' },
  };
}

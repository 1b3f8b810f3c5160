/**
 * Runs Nx with the given arguments, then adds up the tests of all suites that took part, cached ones included; a task
 * that is no suite counts as one test. The last line is the sum: `N passed, N failed, N skipped`.
 *
 * AF_REQUIRE=native,shared turns a skipped test that lacks one of these into a failure; CI names what it installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resultsFile, TARGETS, TASKS_FILE } from './suites.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');

/** The text in a skipped test's reason or name that says which of these it lacks. */
const ABSENT = {
  native: 'native backend not installed',
  shared: '../shared is absent',
  chromium: 'Chromium not installed',
  dawn: 'webgpu in Node: ',
  registry: 'registry of npm not reachable',
  python: 'ADAPTERFUSION_PYTHON names no Python',
};

const required = (process.env.AF_REQUIRE ?? '').split(',').filter(Boolean);
const unknown = required.filter((name) => !Object.hasOwn(ABSENT, name));
if (unknown.length > 0) {
  console.error(`AF_REQUIRE: expected ${Object.keys(ABSENT).join(', ')}; got ${unknown.join(', ')}.`);
  process.exit(2);
}

rmSync(join(root, 'test-results'), { recursive: true, force: true });
// Loading the plugins in processes of their own costs seconds at every start and gains nothing without the daemon.
const env = { NX_ISOLATE_PLUGINS: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', ...process.env };
const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
const parallel = `--parallel=${availableParallelism()}`;
const { status } = spawnSync(process.execPath, [nx, ...process.argv.slice(2), parallel], {
  cwd: root,
  env,
  stdio: 'inherit',
});

let passed = 0;
const failures = [];
const skips = [];

/** Adds the counts of one suite. */
function addSuite(id, { ok, file }) {
  if (!existsSync(file)) return void failures.push(`${id} (no results)`);
  const results = JSON.parse(readFileSync(file, 'utf8'));
  passed += results.passed;
  failures.push(...results.failures);
  if (!ok && results.failures.length === 0) failures.push(id);
  for (const { name, reason } of results.skips) {
    const lacks = required.find((thing) => `${name} ${reason}`.includes(ABSENT[thing]));
    if (lacks) failures.push(`${name} (skipped, but AF_REQUIRE names "${lacks}")`);
    else skips.push(reason ? `${name} (${reason})` : name);
  }
}

const tasksFile = join(root, TASKS_FILE);
const tasks = existsSync(tasksFile) ? JSON.parse(readFileSync(tasksFile, 'utf8')) : [];
for (const { id, status: outcome, project, target } of tasks) {
  const ok = outcome !== 'failure' && outcome !== 'skipped';
  if (TARGETS.includes(target) && outcome !== 'skipped')
    addSuite(id, { ok, file: join(root, resultsFile(project, target)) });
  else if (ok) passed++;
  else failures.push(outcome === 'skipped' ? `${id} (not run: a task before it failed)` : id);
}
if (status !== 0 && failures.length === 0) failures.push(`nx ended with ${status}`);

for (const skip of skips) console.log(`skipped: ${skip}`);
for (const failure of failures) console.log(`failed: ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
console.log(`${passed} passed, ${failures.length} failed, ${skips.length} skipped`);

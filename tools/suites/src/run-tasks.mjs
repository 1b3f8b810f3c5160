/**
 * `npm test`: everything that must hold, one step after the other, whatever fails on the way. The last line is the sum
 * over all steps and tests: `N passed, N failed, N skipped`.
 *
 * AF_REQUIRE=native,shared turns a skipped test that lacks one of these into a failure; CI sets it for what it installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './workspaces.mjs';

/** What a skipped test says when it lacks a thing, by the name AF_REQUIRE has for it. */
const absences = {
  native: 'native backend not installed',
  shared: '../shared is absent',
  chromium: 'Chromium not installed',
  dawn: 'webgpu in Node: ',
  registry: 'registry of npm not reachable',
  python: 'ADAPTERFUSION_PYTHON names no Python',
};

const required = (process.env.AF_REQUIRE ?? '').split(',').filter(Boolean);
const unknown = required.filter((name) => !(name in absences));
if (unknown.length > 0) {
  console.error(`AF_REQUIRE: expected ${Object.keys(absences).join(', ')}; got ${unknown.join(', ')}.`);
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), 'adapterfusion-test-'));
const resultsFile = join(scratch, 'results.json');
const env = { ...process.env, CI: 'true', NX_DAEMON: 'false', NX_NO_CLOUD: 'true', AF_RESULTS: resultsFile };
const bin = (name) => join(root, 'node_modules/.bin', name);

let passed = 0;
const failures = [];
const skips = [];

/** Runs a command; its output is shown when it fails, or as it comes with `live`. @returns whether it succeeded */
function run(name, command, args, live = false) {
  console.log(`--- ${name}`);
  const started = performance.now();
  const stdio = ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'];
  const child = spawnSync(command, args, { cwd: root, env, stdio, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const ok = child.status === 0;
  if (!ok && !live) console.log(`${child.stdout}${child.stderr}${child.error?.message ?? ''}`.trimEnd());
  console.log(`${ok ? 'ok' : 'FAILED'} ${name}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return ok;
}

/** A step that counts as one test. */
function step(name, command, ...args) {
  if (run(name, command, args)) passed++;
  else failures.push(name);
}

/** The root vitest run, counted test by test. */
function suites() {
  const reporter = join(root, 'tools/checks/src/reporter.mjs');
  const ok = run('vitest', bin('vitest'), ['run', '--reporter=default', `--reporter=${reporter}`], true);
  if (!existsSync(resultsFile)) return void failures.push('vitest ended without results');
  const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
  passed += results.passed;
  failures.push(...results.failures);
  if (!ok && results.failures.length === 0) failures.push('vitest');
  for (const { name, reason } of results.skips) {
    const lacks = required.find((thing) => `${name} ${reason}`.includes(absences[thing]));
    if (lacks) failures.push(`${name} (skipped, but AF_REQUIRE names "${lacks}")`);
    else skips.push(reason ? `${name} (${reason})` : name);
  }
}

/** Changed packages need a changeset; git can tell only where it has the history of main. */
function changesets() {
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  const whole = git('rev-parse', '--is-shallow-repository').stdout?.trim() === 'false';
  const main = git('rev-parse', '--verify', '--quiet', 'main').status === 0;
  if (whole && main) step('changeset status', bin('changeset'), 'status');
  else skips.push('changeset status (no full history of main here)');
}

step('format', bin('prettier'), '--check', '.', '--log-level', 'warn');
step('project references', bin('nx'), 'sync:check');
step('lint', bin('eslint'), '.', '--max-warnings', '0');
step('build', bin('tsc'), '--build');
step('typecheck with tests', bin('tsc'), '-p', 'tsconfig.spec.json');
suites();
step('unused files, exports and dependencies', bin('knip'));
step('published packages', process.execPath, 'tools/checks/src/packed.mjs');
changesets();

rmSync(scratch, { recursive: true, force: true });
for (const skip of skips) console.log(`skipped: ${skip}`);
for (const failure of failures) console.log(`failed: ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
console.log(`${passed} passed, ${failures.length} failed, ${skips.length} skipped`);

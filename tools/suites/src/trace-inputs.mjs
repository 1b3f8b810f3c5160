/**
 * Checks that no cached suite reads a file that its hash does not cover: runs each suite under strace and compares the
 * files it opened with its project, the projects below it and its declared inputs. Linux with strace; minutes.
 * `node tools/suites/src/trace-inputs.mjs [PROJECT_FOLDER ...]`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');
const { namedInputs } = JSON.parse(readFileSync(join(root, 'nx.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-trace-'));
const graphFile = join(folder, 'graph.json');
spawnSync(process.execPath, ['node_modules/nx/dist/bin/nx.js', 'graph', `--file=${graphFile}`], { cwd: root });
const { nodes, dependencies } = JSON.parse(readFileSync(graphFile, 'utf8')).graph;

/** What every run of Node, Vitest or TypeScript opens on its way, and what a suite itself writes. */
const IGNORED =
  /(^|\/)(node_modules|test-results|\.git|\.nx|\.vitest|package\.json$|\.npmrc$|tsconfig[\w.]*\.json$)|^dist\//;

/** A project and everything it depends on. */
function closure(name, found = new Set()) {
  if (found.has(name) || !nodes[name]) return found;
  found.add(name);
  for (const { target } of dependencies[name] ?? []) closure(target, found);
  return found;
}

const owners = Object.values(nodes)
  .filter(({ data }) => data.root !== '.')
  .sort((a, b) => b.data.root.length - a.data.root.length);
const ownerOf = (file) => owners.find(({ data }) => file.startsWith(`${data.root}/`))?.name;

const log = join(folder, 'trace');
const wanted = process.argv.slice(2);
let problems = 0;
for (const { name, data } of Object.values(nodes)) {
  const suite = data.targets?.test;
  if (!suite?.cache || data.root === '.' || (wanted.length > 0 && !wanted.includes(data.root))) continue;
  const covered = closure(name);
  if (suite.inputs.includes('everything')) continue;
  const globs = suite.inputs
    .flatMap((input) => namedInputs[input] ?? [input])
    .filter((input) => typeof input === 'string')
    .map((input) => input.replace('{workspaceRoot}/', ''));
  const args = ['-f', '-qq', '--seccomp-bpf', '-e', 'trace=open,openat', '-o', log, process.execPath];
  spawnSync('strace', [...args, 'tools/suites/src/run-suite.mjs', data.root, 'test'], { cwd: root, stdio: 'ignore' });
  const opened = new Set();
  for (const [, path] of readFileSync(log, 'utf8').matchAll(/"([^"]+)", O_RDONLY[^)]*\) = \d+/g)) {
    const file = relative(root, join(root, relative(root, path)));
    if (!file.startsWith('..') && file !== '' && !IGNORED.test(file) && /\.\w+$/.test(file)) opened.add(file);
  }
  const missing = [...opened].filter((file) => {
    return !covered.has(ownerOf(file)) && !globs.some((glob) => matchesGlob(file, glob));
  });
  problems += missing.length;
  console.log(`${name}: ${opened.size} files, ${missing.length} not covered`);
  // Of another project one file is enough to know.
  const shown = new Map(missing.sort().map((file) => [ownerOf(file) ?? file, file]));
  for (const [owner, file] of shown) console.log(`  ${owner === file ? file : `${owner}: ${file}`}`);
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = problems > 0 ? 1 : 0;

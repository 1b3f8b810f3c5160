/**
 * Measures `npm run check` as a contributor meets it: for each of the last commits, changes the files that the commit
 * changed, by a line at their end, runs the command, and puts the files back. Commits that affect the same projects are
 * measured once. Run it in a clean clone.
 * `node tools/suites/src/measure-check.mjs [COMMITS=20]`, prints a Markdown table.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
if (git('status', '--porcelain') !== '') {
  console.error('expected a clean working tree; got changes. Commit or stash them.');
  process.exit(2);
}

/** A line that changes a file's bytes and not its meaning. */
const LINES = {
  '.ts': '// measured\n',
  '.mjs': '// measured\n',
  '.js': '// measured\n',
  '.md': '\n<!-- measured -->\n',
};

const check = () => {
  const started = performance.now();
  const { status, stdout } = spawnSync('npm', ['run', 'check'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  return { status, seconds: (performance.now() - started) / 1000, last: stdout.trimEnd().split('\n').at(-1) };
};

/** By the names of the affected projects. */
const measured = new Map();
const first = check();
console.log(`nothing changed: ${first.seconds.toFixed(0)} s, ${first.last}`);
console.log('| commit | files | projects affected | seconds | last line |\n|---|---|---|---|---|');
const count = Number(process.argv[2] ?? 20);
for (const commit of git('log', '--no-merges', '--format=%h', `-${count}`).split('\n')) {
  const files = git('show', '--name-only', '--format=', commit).split('\n');
  const changed = files.filter((file) => extname(file) in LINES && existsSync(join(root, file)));
  for (const file of changed) appendFileSync(join(root, file), LINES[extname(file)]);
  const nx = ['node_modules/nx/dist/bin/nx.js', 'show', 'projects', '--affected', '--json'];
  const affected = JSON.parse(execFileSync(process.execPath, nx, { cwd: root, encoding: 'utf8' }));
  const set = affected.sort().join(' ');
  const known = measured.get(set);
  const { seconds, last } = known ?? check();
  git('checkout', '--', '.');
  if (!known) measured.set(set, { commit, seconds, last });
  const took = known ? `${seconds.toFixed(0)}, as ${known.commit}` : seconds.toFixed(0);
  console.log(`| ${commit} | ${changed.length} | ${affected.length} | ${took} | ${last} |`);
}

/**
 * Runs one suite: `node run-suite.mjs PROJECT TARGET`, for example `packages/core/text test`. Exits 1 when a test fails;
 * the counts are in the suite's results file.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';
import ResultsReporter from './reporter.mjs';
import { resultsFile, targetOf } from './suites.mjs';

// Tests see the environment of a person's shell, not Nx's: with FORCE_COLOR, for example, other processes print colours.
for (const name of Object.keys(process.env))
  if (name === 'FORCE_COLOR' || name.startsWith('NX_')) delete process.env[name];

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');
const [project, target] = process.argv.slice(2);
const include = readdirSync(join(root, project, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.test.ts') && targetOf(entry.name) === target)
  .map(({ parentPath, name }) => relative(root, join(parentPath, name)));

const results = new ResultsReporter(root, join(root, resultsFile(project, target)));
const vitest = await startVitest('test', [], { root, watch: false, include, reporters: ['default', results] });
await vitest.close();

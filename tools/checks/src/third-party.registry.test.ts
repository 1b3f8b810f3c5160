import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireBuild } from './sources.js';
import { publicPackages, root } from './workspaces.mjs';

const from = join(root, 'apps/third-party-plugin');

/** The packages that a package of this project needs, itself included. */
function closure(name: string, found = new Set<string>()): Set<string> {
  const one = publicPackages().find(({ manifest }) => manifest.name === name);
  if (!one || found.has(name)) return found;
  found.add(name);
  const { dependencies, peerDependencies } = one.manifest;
  for (const each of Object.keys({ ...dependencies, ...peerDependencies })) closure(each, found);
  return found;
}

describe('a plugin by somebody else', () => {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'adapterfusion-stranger-')));
  const folder = join(scratch, 'plugin');
  // Nothing of the test runner's environment that a stranger would not have.
  const { NODE_OPTIONS: _, VITEST: __, NODE_TEST_CONTEXT: ___, ...env } = process.env;
  const run = (cwd: string, command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd, encoding: 'utf8', env, maxBuffer: 2 ** 26 });

  beforeAll(() => {
    requireBuild();
    cpSync(from, folder, { recursive: true });
    const needed = publicPackages().filter(({ manifest }) => closure('@adapterfusion/conformance').has(manifest.name));
    const selection = needed.map(({ dir }) => `--workspace=${dir}`);
    const packed = run(
      root,
      'npm',
      'pack',
      '--json',
      '--ignore-scripts',
      `--pack-destination=${scratch}`,
      ...selection,
    );
    const tarballs = (JSON.parse(packed) as { filename: string }[]).map(({ filename }) => join(scratch, filename));
    run(folder, 'npm', 'install', '--no-save', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('installs from tarballs, and nothing is linked into this repository', () => {
    for (const name of ['contracts', 'tensor', 'conformance'])
      expect(realpathSync(join(folder, 'node_modules/@adapterfusion', name)).startsWith(scratch)).toBe(true);
  });

  it('passes the conformance tests there, in the runner of Node', () => {
    const report = run(folder, process.execPath, '--test', '--test-reporter=tap', 'test/');
    expect(report).toMatch(/^# pass [1-9]\d+$/m);
    expect(report).toMatch(/^# fail 0$/m);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, lackOfRegistry } from './story/registry.js';
import { publicPackages, root, weightPackages } from './workspaces.mjs';

const all = [...publicPackages(), ...weightPackages()];
const CHANGED = { '@adapterfusion/metrics': 'minor', '@adapterfusion/adapter-bottleneck': 'patch' } as const;

describe('a release, in a clone', { timeout: 300_000 }, () => {
  const clone = mkdtempSync(join(tmpdir(), 'adapterfusion-release-'));
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, {
      cwd: clone,
      encoding: 'utf8',
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const read = (path: string): string => readFileSync(join(clone, path), 'utf8');
  const manifest = (dir: string) =>
    JSON.parse(read(`${dir}/package.json`)) as { version: string; dependencies?: Record<string, string> };

  beforeAll(() => {
    execFileSync('git', ['clone', '--quiet', '--shared', root, clone]);
    symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
    const lines = Object.entries(CHANGED).map(([name, bump]) => `'${name}': ${bump}\n`);
    writeFileSync(join(clone, '.changeset/a-change.md'), `---\n${lines.join('')}---\n\nWhat users will notice.\n`);
    run(process.execPath, 'node_modules/@changesets/cli/bin.js', 'version');
    run(process.execPath, 'tools/checks/src/plugin-versions.mjs');
  });
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  it('raises versions, writes change logs, and takes the ranges of dependents along', () => {
    expect(manifest('packages/core/metrics').version).toBe('0.2.0');
    expect(manifest('packages/adapters/adapter-bottleneck').version).toBe('0.1.1');
    expect(read('packages/core/metrics/CHANGELOG.md')).toMatch(
      /^# @adapterfusion\/metrics\n\n## 0\.2\.0\n[^]*What users will notice\./,
    );
    const { version, dependencies } = manifest('packages/tasks/task-regression');
    expect(dependencies!['@adapterfusion/metrics']).toBe('^0.2.0');
    expect(version).toBe('0.1.1');
    // Peers name contracts by a range that holds: nobody is pushed to a new major version.
    expect(manifest('packages/core/contracts').version).toBe('1.0.0');
  });

  it('writes the new versions into the plugins', () => {
    expect(read('packages/adapters/adapter-bottleneck/src/plugins.ts')).toContain("packageVersion: '0.1.1'");
    expect(read('packages/fusions/fusion-average/src/plugin.ts')).toContain("packageVersion: '0.1.0'");
  });

  it('says of every package that it is public and how it was built', () => {
    for (const { manifest: said, dir } of all)
      expect([dir, said.publishConfig, said.private]).toEqual([dir, { access: 'public', provenance: true }, undefined]);
  });

  const lack = lackOfRegistry();
  it.skipIf(lack)(lack ?? 'npm would publish every package', () => {
    const selection = all.map(({ dir }) => `--workspace=${dir}`);
    const printed = run(
      'npm',
      'publish',
      '--dry-run',
      '--json',
      '--ignore-scripts',
      '--provenance=false',
      ...selection,
    );
    for (const { manifest: said } of all) expect(printed).toContain(`"${said.name}"`);
  });
});

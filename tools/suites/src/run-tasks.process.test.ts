import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TARGETS } from './suites.mjs';

// Every run starts Nx and two processes of Vitest.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('in a workspace of two packages, `upper` above `lower`', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'adapterfusion-suites-')));
  const write = (path: string, content: string | object): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const run = (command: string, ...args: string[]) => {
    const { AF_REQUIRE: _, ...env } = process.env;
    return spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...env, CI: 'true', NX_DAEMON: 'false' } });
  };
  const tasks = (...args: string[]) => {
    const { status, stdout } = run(process.execPath, 'tools/suites/src/run-tasks.mjs', ...args, '--outputStyle=static');
    const lines = stdout.trimEnd().split('\n');
    return { status, last: lines.at(-1), failed: lines.filter((line) => line.startsWith('failed: ')), stdout };
  };
  const cached = (stdout: string): number =>
    stdout.match(/\[local cache\]|existing outputs match the cache/g)?.length ?? 0;
  const check = () => tasks('affected', '-t', 'test');
  const lower = (value: number, comment = '') =>
    write('packages/lower/index.js', `export const value = ${value};${comment}\n`);

  beforeAll(() => {
    cpSync(join(root, 'tools/suites/src'), join(folder, 'tools/suites/src'), { recursive: true });
    for (const name of ['vitest.config.ts', 'tsconfig.base.json']) cpSync(join(root, name), join(folder, name));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const all = '{projectRoot}/**/*';
    const suite = [{ runtime: 'node tools/suites/src/environment.mjs' }];
    write('nx.json', {
      ...{ analytics: false, neverConnectToCloud: true, defaultBase: 'main', cacheDirectory: '.nx/cache' },
      namedInputs: { default: [all], production: [all, '!{projectRoot}/**/*.test.ts'], suite },
      plugins: ['./tools/suites/src/plugin.mjs'],
    });
    write('package.json', { name: 'workspace', private: true, type: 'module', workspaces: ['packages/*'] });
    write('package-lock.json', { name: 'workspace', lockfileVersion: 3, packages: {} });
    write('.gitignore', 'node_modules\n.nx\ntest-results\n');
    const manifest = { version: '1.0.0', type: 'module', exports: './index.js' };
    write('packages/lower/package.json', { name: 'lower', ...manifest });
    write('packages/upper/package.json', { name: 'upper', ...manifest, dependencies: { lower: '1.0.0' } });
    mkdirSync(join(folder, 'packages/upper/node_modules'));
    symlinkSync('../../lower', join(folder, 'packages/upper/node_modules/lower'));
    lower(1);
    const test = (name: string, from: string, more = ''): void =>
      write(
        `packages/${name}`,
        `import { expect, it } from 'vitest';\nimport { value } from '${from}';\nit('is one', () => expect(value).toBe(1));\n${more}`,
      );
    test('lower/src/has-a-value.test.ts', '../index.js', "it.skip('some day', () => {});\n");
    test('lower/src/value.kill.test.ts', '../index.js');
    test('upper/src/reads-it.test.ts', 'lower');
    for (const args of [
      ['init', '-q', '-b', 'main'],
      ['add', '.'],
      ['commit', '-qm', 'one'],
    ])
      expect(run('git', '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args).status).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('with nothing changed runs nothing', () => {
    expect(check()).toMatchObject({ status: 0, last: '0 passed, 0 failed, 0 skipped' });
  });

  it('after a change in the lower one runs both, then takes both from the cache with the same counts', () => {
    lower(1, ' // changed');
    const first = check();
    expect(first).toMatchObject({ status: 0, last: '2 passed, 0 failed, 1 skipped' });
    expect(cached(first.stdout)).toBe(0);
    const again = check();
    expect(again).toMatchObject({ status: 0, last: first.last });
    expect(cached(again.stdout)).toBeGreaterThan(0);
  });

  it('finds what a change in the lower one breaks above, each time', () => {
    lower(2);
    for (const found of [check(), check()]) {
      expect(found).toMatchObject({ status: 1, last: '0 passed, 2 failed, 1 skipped' });
      expect(found.failed).toContain('failed: packages/upper/src/reads-it.test.ts > is one');
    }
    lower(1, ' // changed');
    expect(check()).toMatchObject({ status: 0, last: '2 passed, 0 failed, 1 skipped' });
  });

  it('runs a suite that interrupts processes only when it is asked for, and never from the cache', () => {
    for (const found of [tasks('run-many', '-t', ...TARGETS), tasks('run-many', '-t', ...TARGETS)]) {
      expect(found).toMatchObject({ status: 0, last: '3 passed, 0 failed, 1 skipped' });
      expect(found.stdout).not.toMatch(/lower:test-kill.*cache/);
    }
  });

  it('counts a skip of what is required as a failure, and refuses a requirement that it does not know', () => {
    write(
      'packages/lower/src/needs.test.ts',
      "import { it } from 'vitest';\nit.skip('native backend not installed', () => {});\n",
    );
    vi.stubEnv('AF_REQUIRE', 'native');
    const required = spawnSync(process.execPath, ['tools/suites/src/run-tasks.mjs', 'run-many', '-t', 'test'], {
      ...{ cwd: folder, encoding: 'utf8', env: { ...process.env, CI: 'true', NX_DAEMON: 'false' } },
    });
    expect(required.stdout).toMatch(/^failed: .*AF_REQUIRE names "native"\)$/m);
    expect(required.status).toBe(1);
    vi.stubEnv('AF_REQUIRE', 'nativ');
    expect(spawnSync(process.execPath, ['tools/suites/src/run-tasks.mjs'], { cwd: folder }).status).toBe(2);
    vi.unstubAllEnvs();
  });
});

it('npm test runs every target of tests', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { test: string } };
  expect(scripts.test.split(' ')).toEqual(expect.arrayContaining(TARGETS));
});

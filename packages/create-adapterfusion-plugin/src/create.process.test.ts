import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

/* Each kind is written outside of the repository by the built command, and its own tests run there against the built packages. */

const root = fileURLToPath(new URL('../../..', import.meta.url));
const bin = join(root, 'packages/create-adapterfusion-plugin/bin.js');
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'create-plugin-')));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const { NODE_OPTIONS: _, VITEST: __, NODE_TEST_CONTEXT: ___, ...env } = process.env;
const LINKED = ['@adapterfusion', '@types', 'typescript', 'undici-types'];

describe.each(['adapter', 'fusion', 'head', 'dataset'])('the package of the kind %s', (kind) => {
  it('is written, compiles, and passes its tests with node:test', () => {
    if (!existsSync(join(root, 'packages/create-adapterfusion-plugin/dist/bin.js')))
      throw new Error('expected the built packages; run npm run build in the root of the repository first');
    const name = `brand-new-${kind}`;
    execFileSync(process.execPath, [bin, `@someone/${name}`, '--kind', kind], { cwd: scratch, env });
    const folder = join(scratch, name);
    for (const each of LINKED.filter((one) => existsSync(join(root, 'node_modules', one)))) {
      const link = join(folder, 'node_modules', each);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, 'node_modules', each), link);
    }
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const compiled = spawnSync(process.execPath, [tsc], { cwd: folder, env, encoding: 'utf8' });
    expect(compiled.stdout + compiled.stderr).toBe('');
    const test = `dist/${name}.test.js`;
    const { stdout, status } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', test], {
      ...{ cwd: folder, env, encoding: 'utf8' },
      maxBuffer: 2 ** 26,
    });
    expect(stdout.split('\n').filter((line) => /^\s*not ok|expected /.test(line))).toEqual([]);
    expect(stdout).toMatch(/^# tests [1-9]\d+$/m);
    expect(status).toBe(0);
  });
});

it('exits with code 2 and a message for a kind that it does not know', () => {
  const { status, stderr } = spawnSync(process.execPath, [bin, 'my-method', '--kind', 'method'], {
    ...{ cwd: scratch, env, encoding: 'utf8' },
  });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error: expected --kind with one of .*; got "method"/);
});

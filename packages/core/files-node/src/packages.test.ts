import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from './index.js';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'files-node-packages-')));
const before = process.cwd();

/** An installed package, as npm leaves it. */
function install(...path: string[]): string {
  const folder = join(root, ...path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "exports": {} }');
  return folder;
}

const mine = install('project', 'node_modules', 'mine');
const scoped = install('project', 'node_modules', '@a', 'weights.v1');
const store = install('store', 'parent', 'node_modules', 'parent');
const inner = install('store', 'parent', 'node_modules', 'inner');
const other = install('program', 'node_modules', 'other');
symlinkSync(store, join(root, 'project', 'node_modules', 'parent'));
const files = nodeFiles({ packagesOf: pathToFileURL(join(root, 'program', 'index.js')).href });

beforeAll(() => process.chdir(join(root, 'project')));
afterAll(() => {
  process.chdir(before);
  rmSync(root, { recursive: true, force: true });
});

describe('packageFolder', () => {
  it("finds the project's packages, then the program's, whatever they export", async () => {
    expect(await files.packageFolder!('mine')).toBe(mine);
    expect(await files.packageFolder!('@a/weights.v1')).toBe(scoped);
    expect(await files.packageFolder!('other')).toBe(other);
  });

  it("finds a package's dependency, beside where the package really lies", async () => {
    expect(await files.packageFolder!('inner')).toBeUndefined();
    expect(await files.packageFolder!('inner', 'parent')).toBe(inner);
    expect(await files.packageFolder!('mine', 'no-such-package')).toBeUndefined();
  });

  it.each(['fs', 'no-such-package', '../node_modules/mine', 'mine/sub', `${dirname(mine)}/mine`, '', '@a'])(
    'finds nothing called %j',
    async (name) => expect(await files.packageFolder!(name)).toBeUndefined(),
  );
});

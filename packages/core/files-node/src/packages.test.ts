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

/** The same, with a package.json and files of its own. */
function installWith(
  path: readonly string[],
  manifest: object,
  files: { readonly [name: string]: string } = {},
): string {
  const folder = install(...path);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
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
    expect(await files.packageFolder!('inner', join(root, 'project', 'node_modules', 'parent'))).toBe(inner);
  });

  it.each(['fs', 'no-such-package', '../node_modules/mine', 'mine/sub', `${dirname(mine)}/mine`, '', '@a'])(
    'finds nothing called %j',
    async (name) => expect(await files.packageFolder!(name)).toBeUndefined(),
  );
});

describe('packages', () => {
  it('lists those that speak of adapterfusion, and runs none', async () => {
    const spoken = { adapterfusion: { spec: 1 } };
    installWith(['project', 'node_modules', '@a', 'method'], spoken, { 'index.js': 'throw new Error("was run")' });
    installWith(['program', 'node_modules', 'plain'], spoken);
    installWith(['program', 'node_modules', 'other'], { keywords: ['adapterfusion'] });
    writeFileSync(join(install('program', 'node_modules', 'broken'), 'package.json'), '{ "adapterfusion": ');
    installWith(['project', 'node_modules', '.hidden'], spoken);
    expect(await files.packages!()).toEqual(['@a/method', 'plain']);
  });
});

describe('importPackage', () => {
  const entry = 'export const which = import.meta.url.split("/").at(-1);';
  const sources = { 'a.js': entry, 'b.js': entry, 'c.js': entry, 'index.js': entry };
  it.each([
    [{ '.': { types: './a.d.ts', browser: './c.js', default: './b.js' } }, 'b.js'],
    [{ import: { node: './a.js', default: './b.js' }, default: './c.js' }, 'a.js'],
    [{ '.': [{ browser: './c.js' }, './b.js'] }, 'b.js'],
    ['./c.js', 'c.js'],
    [undefined, 'index.js'],
  ])('takes from %j the entry %s', async (exports, wanted) => {
    const name = `entry-${wanted[0]}-${JSON.stringify(exports)?.length}`;
    const folder = installWith(['project', 'node_modules', name], { type: 'module', exports }, sources);
    expect((await files.importPackage!(folder))['which']).toBe(wanted);
  });

  it('takes the main file where there are no exports', async () => {
    const folder = installWith(['project', 'node_modules', 'old'], { type: 'module', main: 'a.js' }, sources);
    expect((await files.importPackage!(folder))['which']).toBe('a.js');
  });
});

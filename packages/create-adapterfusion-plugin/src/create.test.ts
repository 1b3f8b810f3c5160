import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageFiles } from './index.js';
import { run } from './run.js';

let cwd: string;
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'create-plugin-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function called(...args: string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  const code = run(args, { cwd, year: 2026, out: (text) => out.push(text), error: (text) => error.push(text) });
  return { code, out: out.join(''), error: error.join('') };
}
const read = (path: string): string => readFileSync(join(cwd, path), 'utf8');

it('writes a complete package to a folder with its name', () => {
  const { code, out } = called('@someone/adapter-my-method', '--kind', 'adapter');
  expect(code).toBe(0);
  expect(out).toContain('cd adapter-my-method\n  npm install\n  npm test');
  expect(readdirSync(join(cwd, 'adapter-my-method'), { recursive: true }).sort()).toEqual(
    [
      ...['.github', '.github/workflows', '.github/workflows/test.yml', '.gitignore', 'LICENSE', 'README.md'],
      ...['package.json', 'src', 'src/index.ts', 'src/my-method.test.ts', 'src/my-method.ts', 'tsconfig.json'],
    ].sort(),
  );
  expect(JSON.parse(read('adapter-my-method/package.json'))).toMatchObject({
    name: '@someone/adapter-my-method',
    license: 'Apache-2.0',
    peerDependencies: { '@adapterfusion/contracts': '^1.0.0', '@adapterfusion/tensor': '^0.1.0' },
    adapterfusion: { spec: 1, plugins: [{ kind: 'adapter', id: 'my-method', export: 'myMethod' }] },
  });
  expect(read('adapter-my-method/LICENSE')).toContain('Apache License');
  expect(read('adapter-my-method/src/my-method.ts')).toContain("packageName: '@someone/adapter-my-method'");
});

it('declares both plugins of a task kind with its head', () => {
  expect(called('grading', '--kind', 'head', '--license', 'MIT').code).toBe(0);
  expect(JSON.parse(read('grading/package.json'))).toMatchObject({
    license: 'MIT',
    adapterfusion: {
      plugins: [
        { kind: 'task', id: 'grading', export: 'grading' },
        { kind: 'head', id: 'grading-head', export: 'gradingHead' },
      ],
    },
  });
  expect(read('grading/LICENSE')).toContain('Copyright (c) 2026 The authors of grading');
});

it('exports another name where the name is reserved or used by the template', () => {
  const exported = (name: string): string | undefined =>
    packageFiles({ kind: 'adapter', name, license: 'none', year: 2026 }).get('src/index.ts');
  expect(exported('switch')).toBe("export { switchPlugin } from './switch.js';\n");
  expect(exported('linear')).toBe("export { linearPlugin } from './linear.js';\n");
  expect(exported('adapterfusion-adapter-two-fold')).toBe("export { twoFold } from './two-fold.js';\n");
});

it('writes no licence where none is chosen', () => {
  expect(called('my-method', '--kind', 'fusion', '--license', 'none').code).toBe(0);
  expect(JSON.parse(read('my-method/package.json'))).toMatchObject({ license: 'UNLICENSED' });
  expect(existsSync(join(cwd, 'my-method/LICENSE'))).toBe(false);
});

it('writes to an empty folder that exists', () => {
  mkdirSync(join(cwd, 'my-method'));
  expect(called('my-method', '--kind', 'dataset').code).toBe(0);
});

it('writes the task kind that the guide for authors shows', () => {
  const guide = readFileSync(new URL('../../../docs/authors.md', import.meta.url), 'utf8');
  const files = packageFiles({ kind: 'head', name: '@someone/grading', license: 'none', year: 2026 });
  expect(guide).toContain(`\`\`\`ts\n${files.get('src/grading.ts')!}\`\`\``);
});

it('leaves no placeholder in a file', () => {
  for (const kind of ['adapter', 'fusion', 'head', 'dataset'] as const)
    for (const [path, content] of packageFiles({ kind, name: 'my-method', license: 'MIT', year: 2026 }))
      expect(content.match(/__\w+__/g) ?? [], `${kind}: ${path}`).toEqual([]);
});

it('names versions of packages that this repository has', () => {
  const folders: Record<string, string> = { conformance: 'testing/conformance' };
  for (const kind of ['adapter', 'fusion', 'head', 'dataset'] as const) {
    const files = packageFiles({ kind, name: 'my-method', license: 'none', year: 2026 });
    const manifest = JSON.parse(files.get('package.json')!) as Record<string, Record<string, string> | undefined>;
    const { dependencies, peerDependencies, devDependencies } = manifest;
    for (const [name, range] of Object.entries({ ...dependencies, ...peerDependencies, ...devDependencies })) {
      if (!name.startsWith('@adapterfusion/')) continue;
      const short = name.replace('@adapterfusion/', '');
      const url = new URL(`../../${folders[short] ?? `core/${short}`}/package.json`, import.meta.url);
      const { version } = JSON.parse(readFileSync(url, 'utf8')) as { version: string };
      expect(range, name).toBe(`^${version.split('.')[0]}.${version.startsWith('0.') ? version.split('.')[1] : 0}.0`);
    }
  }
});

describe('refuses with exit code 2 and a message', () => {
  it.each([
    [['my-method'], '--kind with one of adapter, fusion, head, dataset; got nothing'],
    [['my-method', '--kind', 'trainer'], 'got "trainer"'],
    [['--kind', 'adapter'], 'expected the name of the package'],
    [['My Method', '--kind', 'adapter'], 'got "My Method"'],
    [['index', '--kind', 'adapter'], 'other than "index"'],
    [['../elsewhere', '--kind', 'adapter'], 'kebab case'],
    [['a', 'b', '--kind', 'adapter'], 'expected one name; got a b'],
    [['my-method', '--kind', 'adapter', '--license', 'GPL'], '--license with one of Apache-2.0, MIT, none; got "GPL"'],
    [['my-method', '--sort', 'adapter'], "Unknown option '--sort'"],
  ])('%j', (args, words) => {
    const { code, error } = called(...args);
    expect(code).toBe(2);
    expect(error).toContain(words);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('a folder that is not empty', () => {
    mkdirSync(join(cwd, 'my-method'));
    writeFileSync(join(cwd, 'my-method/mine.txt'), 'mine');
    const { code, error } = called('my-method', '--kind', 'adapter');
    expect(code).toBe(2);
    expect(error).toContain('expected a new or empty folder my-method; got one that contains mine.txt');
    expect(readdirSync(join(cwd, 'my-method'))).toEqual(['mine.txt']);
  });

  it('a file with the name', () => {
    writeFileSync(join(cwd, 'my-method'), 'mine');
    expect(called('my-method', '--kind', 'adapter')).toMatchObject({ code: 2 });
  });
});

it('explains itself', () => {
  const { code, out } = called('--help');
  expect(code).toBe(0);
  expect(out).toContain('npm create adapterfusion-plugin NAME -- --kind KIND');
});

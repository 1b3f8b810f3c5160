import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, expect, it } from 'vitest';
import { filesOf } from './generate.mjs';

/* Each kind is generated into a folder as deep as its own would be, and its tests run here. */

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, 'dist');
mkdirSync(folder, { recursive: true });
const scratch = mkdtempSync(join(folder, 'made-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kinds = ['adapter', 'fusion', 'dataset'] as const;
const paths: string[] = [];
for (const kind of kinds)
  for (const [path, content] of await filesOf(kind, 'brand-new')) {
    const place = join(scratch, kind, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
    paths.push(place);
  }

// A generated test registers what the conformance suite has for it, with the runner of this file.
for (const path of paths.filter((each) => each.endsWith('.test.ts'))) await import(/* @vite-ignore */ path);

it('generates code that compiles', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram(
    paths.filter((path) => path.endsWith('.ts')),
    { ...options, noEmit: true, composite: false, declaration: false, declarationMap: false },
  );
  const problems = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.startsWith(scratch));
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([]);
});

it('is found by nx', () => {
  const args = ['g', '@adapterfusion/generators:adapter', 'brand-new', '--dry-run'];
  const env = { ...process.env, NX_DAEMON: 'false', CI: 'true' };
  const text = execFileSync(join(root, 'node_modules/.bin/nx'), args, { cwd: root, env, encoding: 'utf8' });
  expect(text).toContain('packages/adapters/adapter-brand-new/src/brand-new.ts');
});

it('refuses a name that is none', async () => {
  await expect(filesOf('adapter', 'Brand New')).rejects.toThrow('kebab case');
});

it('is the method that the guide for authors shows', async () => {
  const guide = readFileSync(join(root, 'docs/authors.md'), 'utf8');
  const [, code] = /```ts\n(.*?)```/s.exec(guide) ?? [];
  expect(code).toBe((await filesOf('adapter', 'my-method')).get('src/my-method.ts'));
  expect(code!.split('\n').length).toBeLessThanOrEqual(41);
});

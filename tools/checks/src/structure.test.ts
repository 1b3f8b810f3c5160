import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesUnder, read } from './sources.js';
import { packages, root, weightPackages, workspaces, type Manifest } from './workspaces.mjs';

/** Layers by the folder a package lies in; in core and testing every package is a layer of its own. */
const families = new Map([
  ['backbones', 'backbone'],
  ['adapters', 'adapter'],
  ['fusions', 'fusion'],
  ['tasks', 'task'],
  ['heads', 'head'],
  ['trainers', 'trainer'],
  ['datasets', 'dataset'],
  ['interop', 'interop'],
  ['models', 'model-weights'],
]);
const kinds = ['backbone', 'adapter', 'fusion', 'task', 'head', 'trainer', 'dataset'];
const sharesTensor = ['adapter', 'fusion', 'head'];
const nodeOnly = ['tensor-node', 'files-node', 'terminal', 'cli', 'golden', 'browser', 'create-adapterfusion-plugin'];
/** Packages without the scope: the API, and the command that `npm create` looks up by this name. */
const unscoped = ['packages/adapterfusion', 'packages/create-adapterfusion-plugin'];
const withTfjs = ['tensor', 'tensor-node'];

const versions = new Map(workspaces().map(({ manifest }) => [manifest.name, manifest.version]));
const sourcesOf = (dir: string) => filesUnder(`${dir}/src`).filter((path) => path.endsWith('.ts'));
const isTest = (path: string) => path.endsWith('.test.ts');
const linesOf = (path: string) => read(path).trimEnd().split('\n').length;

function layerOf(dir: string): string {
  if (dir === 'packages/adapterfusion') return 'api';
  return families.get(basename(dirname(dir))) ?? basename(dir);
}

/** Whether npm would link a workspace package of this version for a caret range. */
function caretTakes(range: string, version: string): boolean {
  const [wanted, present] = [range.slice(1), version].map((text) => text.split('.').map(Number));
  const [a, b] = [wanted!, present!];
  if (a[0] !== b[0]) return false;
  if (a[0] === 0) return a[1] === b[1] && a[2]! <= b[2]!;
  return a[1]! < b[1]! || (a[1] === b[1] && a[2]! <= b[2]!);
}

function wrongRanges({ dependencies = {}, peerDependencies = {} }: Manifest): string[] {
  return Object.entries({ ...dependencies, ...peerDependencies }).flatMap(([name, range]) => {
    const version = versions.get(name);
    if (version !== undefined)
      return range.startsWith('^') && caretTakes(range, version) ? [] : [`${name}@${range} does not take ${version}`];
    return name in peerDependencies || /^\d+\.\d+\.\d+/.test(range) ? [] : [`${name}@${range} is not an exact version`];
  });
}

/** A plugin factory among a package's exports, looked at from outside. */
interface Found {
  readonly export: string;
  readonly plugin: { spec: number; kind: string; id: string; packageName: string; packageVersion: string };
}

async function pluginsOf(name: string): Promise<Found[]> {
  const module = (await import(/* @vite-ignore */ name)) as Record<string, unknown>;
  return Object.entries(module).flatMap(([key, value]) => {
    if (typeof value !== 'function' || !('plugin' in value)) return [];
    return [{ export: key, plugin: value.plugin as Found['plugin'] }];
  });
}

describe.each(packages().map((one) => [one.dir, one] as const))('%s', (dir, { manifest, layer, platform }) => {
  const sources = sourcesOf(dir);
  const kind = kinds.includes(layerOf(dir)) ? layerOf(dir) : undefined;

  it('has the files that every package has', () => {
    const wanted = ['README.md', 'tsconfig.json', 'tsconfig.lib.json', 'src/index.ts'];
    expect(wanted.filter((file) => !existsSync(join(root, dir, file)))).toEqual([]);
  });

  it('has a README with its name, a sentence and a runnable example', () => {
    const readme = read(`${dir}/README.md`);
    expect(readme).toMatch(new RegExp(`^# ${manifest.name}\n\n\\S[^]*?\\.\\s`));
    if (manifest.private) return;
    expect(readme).toMatch(/^```(ts|sh|bash)\b/m);
    if (layerOf(dir) !== 'cli') expect(readme, 'an example in a ts block').toMatch(/^```ts( no-run)?$/m);
  });

  it('has a complete package.json', () => {
    expect(manifest).toMatchObject({ license: 'Apache-2.0', type: 'module', engines: { node: '>=20.19' } });
    expect(manifest.description).toMatch(/^\S.*\.$/);
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(manifest.sideEffects).toBeDefined();
    expect(manifest.files).toEqual(expect.arrayContaining(['dist', '!dist/**/*.test.*', '!dist/*.tsbuildinfo']));
    if (!manifest.private) expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
  });

  it('exports its source first, then types, and a default last', () => {
    const { './package.json': self, ...entries } = manifest.exports ?? {};
    expect(self).toBe('./package.json');
    expect(Object.keys(entries)).toContain('.');
    for (const conditions of Object.values(entries)) {
      // A file of data has no conditions.
      if (typeof conditions === 'string' && conditions.endsWith('.json')) continue;
      const keys = Object.keys(conditions);
      expect([keys[0], keys.at(-1)]).toEqual(['@adapterfusion/source', 'default']);
      expect(keys).toContain('types');
    }
  });

  it('is named and tagged after its folder', () => {
    expect(manifest.name).toBe(unscoped.includes(dir) ? basename(dir) : `@adapterfusion/${basename(dir)}`);
    if (kind) expect(basename(dir).startsWith(`${kind}-`)).toBe(true);
    expect(layer).toBe(layerOf(dir));
    expect(platform).toBe(nodeOnly.includes(layerOf(dir)) ? 'node' : 'any');
  });

  it('compiles without Node types unless it is for Node', () => {
    const config = ts.parseConfigFileTextToJson('', read(`${dir}/tsconfig.lib.json`)).config as {
      compilerOptions: { types: string[] };
    };
    expect(config.compilerOptions.types).toEqual(platform === 'node' ? ['node'] : []);
  });

  it('depends on versions that npm links here, and on others exactly', () => {
    expect(wrongRanges(manifest)).toEqual([]);
    if (kind) expect(manifest.peerDependencies).toHaveProperty('@adapterfusion/contracts');
    // One copy of it serves a process: a plugin of another author must not bring its own.
    if (sharesTensor.includes(kind ?? ''))
      expect(manifest.dependencies ?? {}).not.toHaveProperty('@adapterfusion/tensor');
  });

  it('depends on TensorFlow.js only where allowed', () => {
    const names = Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
    });
    const tfjs = names.filter((name) => name.startsWith('@tensorflow/'));
    if (!withTfjs.includes(layerOf(dir))) expect(tfjs).toEqual([]);
  });

  it('has an index.ts that only exports from other files', () => {
    const index = ts.createSourceFile('index.ts', read(`${dir}/src/index.ts`), ts.ScriptTarget.Latest);
    const textOf = (node: ts.Statement) => node.getText(index);
    // A private package may export nothing at all.
    const statements = index.statements.filter((node) => !(manifest.private && textOf(node) === 'export {};'));
    const others = statements.filter((node) => !ts.isExportDeclaration(node) || !node.moduleSpecifier);
    expect(others.map(textOf)).toEqual([]);
    const stars = statements.filter((node) => ts.isExportDeclaration(node) && !node.exportClause);
    expect(stars.map(textOf), 'name the exports').toEqual([]);
    if (!manifest.private) expect(statements.length).toBeGreaterThan(0);
  });

  it('has small files, well named, with tests beside them', () => {
    expect(sources.filter((path) => linesOf(path) > 300)).toEqual([]);
    expect(sources.filter((path) => /^(utils?|helpers?|common|misc)\.ts$/.test(basename(path)))).toEqual([]);
    expect(sources.filter(isTest).length, 'number of test files').toBeGreaterThan(0);
  });

  it('declares in package.json the plugins that it exports', async () => {
    if (!kind) {
      expect(manifest.adapterfusion?.plugins ?? []).toEqual([]);
      return;
    }
    const found = await pluginsOf(manifest.name);
    const declared = found.map(({ export: name, plugin }) => ({ kind: plugin.kind, id: plugin.id, export: name }));
    const byExport = (a: { export: string }, b: { export: string }) => a.export.localeCompare(b.export);
    expect(declared.length, 'plugins exported').toBeGreaterThan(0);
    expect({ spec: 1, plugins: [...(manifest.adapterfusion?.plugins ?? [])].sort(byExport) }).toEqual({
      spec: manifest.adapterfusion?.spec,
      plugins: declared.sort(byExport),
    });
    for (const { plugin } of found) {
      expect(plugin).toMatchObject({ spec: 1, kind, packageName: manifest.name, packageVersion: manifest.version });
      expect(Object.isFrozen(plugin)).toBe(true);
    }
  });
});

describe.each(weightPackages().map((one) => [one.dir, one] as const))('%s', (dir, { manifest, platform }) => {
  const weights = [
    '1_Pooling/config.json',
    'config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
    'vocab.txt',
  ];

  it('is a folder in the layout of the hub, each file exported, and nothing else', () => {
    expect(weights.filter((file) => !existsSync(join(root, dir, file)))).toEqual([]);
    expect(manifest.files).toEqual(weights);
    const exported = [...weights, 'package.json'].map((file) => [`./${file}`, `./${file}`]);
    expect(manifest.exports).toEqual(Object.fromEntries(exported));
    expect(filesUnder(dir).filter((path) => /\.[mc]?[jt]s$/.test(path))).toEqual([]);
    expect(manifest.dependencies ?? {}).toEqual({});
  });

  it('has a complete package.json and a card', () => {
    expect(manifest).toMatchObject({ license: 'Apache-2.0', type: 'module', engines: { node: '>=20.19' } });
    expect(manifest.name).toBe(`@adapterfusion/${basename(dir)}`);
    expect([manifest.private ?? false, platform]).toEqual([false, 'any']);
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
    const card = read(`${dir}/README.md`);
    expect(card).toMatch(new RegExp(`^# ${manifest.name}\n\n\\S[^]*?\\.\\s`));
    for (const heading of ['How it was made', 'Limits', 'Licence and sources']) expect(card).toContain(`## ${heading}`);
  });
});

it('keeps the median source file at 80 lines or fewer', () => {
  const sizes = packages()
    .flatMap(({ dir }) => sourcesOf(dir).filter((path) => !isTest(path)))
    .map(linesOf)
    .sort((a, b) => a - b);
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(80);
});

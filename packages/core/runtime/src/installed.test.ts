import { describe, expect, it } from 'vitest';
import { AdapterFusionError, definePlugin, parseOptions, type Files } from '@adapterfusion/contracts';
import { installedPackages, readInstalled, Registry } from './index.js';

const toy = (packageName: string, id = 'toy', kind: 'adapter' | 'dataset' = 'adapter') =>
  definePlugin<'adapter', object>({
    kind: kind as 'adapter',
    id,
    packageName,
    packageVersion: '1.0.0',
    supports: { roles: ['sublayer'], merge: false, identityAtInit: true },
    options: (input) => parseOptions({}, input, id),
    create: () => {
      throw new TypeError('not needed here');
    },
  });

interface Installed {
  readonly manifest: unknown;
  readonly exports?: () => { readonly [name: string]: unknown };
}

/** Packages as npm leaves them, and which of them were run. */
function installed(packages: { readonly [name: string]: Installed }) {
  const run: string[] = [];
  const files: Partial<Files> = {
    join: (...parts) => parts.join('/').replace(/\/$/, ''),
    packages: async () => Object.keys(packages),
    packageFolder: async (name) => (name in packages ? `node_modules/${name}` : undefined),
    read: async (path) => {
      const { manifest } = packages[/^node_modules\/(.+)\/package.json$/.exec(path)![1]!]!;
      return new TextEncoder().encode(typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
    },
    importPackage: async (folder) => {
      const name = folder.slice('node_modules/'.length);
      run.push(name);
      return packages[name]!.exports?.() ?? {};
    },
  };
  return { files: files as Files, run };
}

const manifest = (name: string, plugins: unknown, more: object = {}) => ({
  name,
  version: '1.0.0',
  adapterfusion: { spec: 1, plugins, ...more },
});
const declared = (id = 'toy') => [{ kind: 'adapter', id, export: 'toy' }];
const code = (wanted: string, ...says: string[]) =>
  expect.objectContaining({
    code: wanted,
    message: expect.stringMatching(new RegExp(says.map((text) => text.replace(/[.#$[\]()]/g, '\\$&')).join('.*'))),
  }) as Error;

describe('plugins of installed packages', () => {
  it('are found without running anything, and imported when they are asked for', async () => {
    const a = toy('@a/toy');
    const { files, run } = installed({
      '@a/toy': { manifest: manifest('@a/toy', declared()), exports: () => ({ toy: a }) },
      '@b/other': {
        manifest: manifest('@b/other', declared('other')),
        exports: () => ({ toy: toy('@b/other').plugin }),
      },
      plain: { manifest: { name: 'plain', version: '1.0.0' } },
    });
    const registry = new Registry();
    for (const { plugins } of await installedPackages(files)) registry.declare(...plugins);
    expect(() => registry.get('adapter', 'toy')).toThrow(code('PLUGIN_MISSING', 'one of @a/toy that is not loaded'));
    expect(run).toEqual([]);
    expect((await registry.load('adapter', 'toy')).plugin).toBe(a.plugin);
    expect((await registry.load('adapter', '@a/toy#toy')).plugin).toBe(a.plugin);
    expect(registry.get('adapter', 'toy')).toBe(a.plugin);
    expect(run).toEqual(['@a/toy']);
    await expect(registry.load('adapter', 'toyy')).rejects.toThrow('Did you mean "toy"?');
  });

  it('are refused by their bare id when two packages claim it, one of them registered by hand or not', async () => {
    const { files, run } = installed({
      '@a/toy': { manifest: manifest('@a/toy', declared()), exports: () => ({ toy: toy('@a/toy') }) },
      '@b/toy': { manifest: manifest('@b/toy', declared()), exports: () => ({ toy: toy('@b/toy') }) },
    });
    const both = (await installedPackages(files)).flatMap(({ plugins }) => plugins);
    const twice = code('PLUGIN_DUPLICATE', '@a/toy#toy and @b/toy#toy');
    await expect(new Registry().declare(...both).load('adapter', 'toy')).rejects.toThrow(twice);
    expect(() =>
      new Registry()
        .use(toy('@a/toy'))
        .declare(...both)
        .configure('adapter', 'toy'),
    ).toThrow(twice);
    expect(run).toEqual([]);
    const registry = new Registry().declare(...both);
    expect((await registry.load('adapter', '@b/toy#toy')).plugin.packageName).toBe('@b/toy');
  });

  it.each([
    ['no such export', () => ({ other: 1 }), 'PLUGIN_INVALID', 'the export "toy"', 'no such export; there are other'],
    ['no plugin', () => ({ toy: 7 }), 'PLUGIN_INVALID', 'a number'],
    ['another id', () => ({ toy: toy('@a/toy', 'tot') }), 'PLUGIN_INVALID', 'the adapter @a/toy#tot'],
    ['another kind', () => ({ toy: toy('@a/toy', 'toy', 'dataset') }), 'PLUGIN_INVALID', 'the dataset @a/toy#toy'],
    ['another package', () => ({ toy: toy('@b/toy') }), 'PLUGIN_INVALID', 'the adapter @b/toy#toy'],
    ['another contract', () => ({ toy: { ...toy('@a/toy').plugin, spec: 2 } }), 'SPEC_UNSUPPORTED', '@a/toy#toy'],
    [
      'code that throws',
      () => {
        throw new RangeError('at once');
      },
      'PLUGIN_FAILED',
      '@a/toy#toy',
      'RangeError: at once',
    ],
    [
      'a package that loads another version of tensor',
      () => {
        throw new AdapterFusionError('PACKAGE_DUPLICATE', { expected: 'one version', got: 'two', fix: 'Run npm ls.' });
      },
      'PACKAGE_DUPLICATE',
      'expected one version; got two. Run npm ls.',
    ],
  ] as [string, () => Record<string, unknown>, string, ...string[]][])(
    'are refused by name: %s',
    async (_, exports, errorCode, ...texts: readonly string[]) => {
      const { files } = installed({ '@a/toy': { manifest: manifest('@a/toy', declared()), exports } });
      const [one] = await installedPackages(files);
      await expect(new Registry().declare(...one!.plugins).load('adapter', 'toy')).rejects.toThrow(
        code(errorCode, ...texts),
      );
    },
  );

  it('of another contract version are not imported', async () => {
    const { files, run } = installed({ '@a/toy': { manifest: manifest('@a/toy', declared(), { spec: 2 }) } });
    const [one] = await installedPackages(files);
    await expect(one!.plugins[0]!.import()).rejects.toThrow(code('SPEC_UNSUPPORTED', '@a/toy#toy', 'got 2'));
    expect(run).toEqual([]);
  });

  it.each([
    ['{ "name": ', 'package.json: '],
    [{ adapterfusion: { spec: 1 } }, "name: expected the package's name"],
    [{ name: 'x', version: '1.0.0', adapterfusion: [] }, 'adapterfusion: expected an object'],
    [manifest('x', [], { spec: '1' }), 'adapterfusion.spec'],
    [manifest('x', 'toy'), 'adapterfusion.plugins: expected a list'],
    [manifest('x', [{ kind: 'method', id: 'x', export: 'x' }]), 'adapterfusion.plugins[0]'],
    [manifest('x', [{ kind: 'adapter', id: 'x' }]), 'adapterfusion.plugins[0]'],
    [manifest('x', [], { bundle: '../adapterfusion.json' }), 'adapterfusion.bundle'],
    [manifest('x', [], { bundle: './a/../../adapterfusion.json' }), 'adapterfusion.bundle'],
    [manifest('x', [], { bundle: '/adapterfusion.json' }), 'adapterfusion.bundle'],
  ])('declared as %j are left out, with a word', async (value, says) => {
    const { files } = installed({ x: { manifest: value } });
    const problems: Error[] = [];
    expect(await installedPackages(files, (error) => problems.push(error))).toEqual([]);
    expect(problems).toEqual([code('PLUGIN_INVALID', says)]);
  });

  it('come with the folder of their bundle', async () => {
    const { files } = installed({
      top: { manifest: manifest('top', [], { bundle: './adapterfusion.json' }) },
      below: { manifest: manifest('below', [], { bundle: './a/b/adapterfusion.json' }) },
    });
    expect((await readInstalled(files, 'node_modules/top'))!.bundle).toBe('node_modules/top');
    expect((await readInstalled(files, 'node_modules/below'))!.bundle).toBe('node_modules/below/a/b');
  });
});

import { readTarball } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { readInstalled, type InstalledPackage } from './installed.js';

/** Where a bundle lies. */
export interface BundlePlace {
  /** What reaches it: not the platform's own where it lies in an archive. */
  readonly files: Files;
  readonly folder: string;
  /** The npm package that it is, where it was found by that name or in a package's archive. */
  readonly package?: Pick<InstalledPackage, 'name' | 'version'>;
}

/**
 * The place of a bundle that is given as a folder, as the archive that `npm pack` writes (`.tgz`), or as the name of an
 * installed npm package.
 * @throws FILE_NOT_FOUND for what is none of them; BUNDLE_INVALID for a package or archive without a bundle; FILE_CORRUPT, PLUGIN_INVALID
 */
export async function findBundle(files: Files, given: string): Promise<BundlePlace> {
  const kind = await files.kind(given);
  if (kind === 'file' && /\.(tgz|tar\.gz)$/.test(given)) {
    // As `join` writes it: every path within begins so.
    const root = files.join(given);
    return inPackage(inArchive(files, root, await readTarball(await files.read(given), given)), root, given);
  }
  const folder = kind === undefined ? await files.packageFolder?.(given) : undefined;
  if (folder !== undefined) return inPackage(files, folder, given);
  if (kind !== undefined) return { files, folder: given };
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: given,
    expected: 'a bundle: its folder, its archive, or the npm package that holds it',
    got: 'no such folder, and no installed package of this name',
    fix: 'Check the path, or install the package.',
  });
}

async function inPackage(files: Files, folder: string, given: string): Promise<BundlePlace> {
  const found = await readInstalled(files, folder);
  if (found?.bundle !== undefined) return { files, folder: found.bundle, package: found };
  throw new AdapterFusionError('BUNDLE_INVALID', {
    at: given,
    expected: 'a package with a bundle, whose package.json says "adapterfusion": { "bundle": … }',
    got: found ? `one with ${found.plugins.length} plugins and no bundle` : 'one that does not speak of adapterfusion',
    fix: 'Name a package that "adapterfusion pack" made; "adapterfusion list" shows those that are installed.',
  });
}

/** Files of which those below the archive's own path lie in it. */
function inArchive(files: Files, archive: string, held: ReadonlyMap<string, Uint8Array>): Files {
  const root = `${archive}/`;
  const inner = (path: string): string | undefined => (path.startsWith(root) ? path.slice(root.length) : undefined);
  const below = (folder: string): string[] =>
    [...held.keys()].flatMap((name) => (name.startsWith(folder) ? [name.slice(folder.length).split('/')[0]!] : []));
  return {
    ...files,
    read: async (path) => held.get(inner(path) ?? '') ?? files.read(path),
    kind: async (path) => {
      if (path === archive) return 'folder';
      const name = inner(path);
      if (name === undefined) return files.kind(path);
      return held.has(name) ? 'file' : below(`${name}/`).length > 0 ? 'folder' : undefined;
    },
    list: async (path) => {
      const name = path === archive ? '' : inner(path);
      return name === undefined ? files.list(path) : [...new Set(below(name === '' ? '' : `${name}/`))].sort();
    },
  };
}

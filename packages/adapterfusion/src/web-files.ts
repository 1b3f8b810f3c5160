import { AdapterFusionError, type Files } from '@adapterfusion/contracts';

/** Where a file's bytes are: at an address, as a bundler gives for what it is told to import, or in a `File`. */
export type WebSource = string | URL | Blob;

/**
 * Files for a browser: of a web server, of a bundler, that the user chose. What is written stays in memory, and is read
 * from there from then on. An npm package is found by its name where its package.json is among the paths.
 * @param base the address that paths and sources are relative to
 * @param sources the files that are there, since a web server has no way to list them: paths, or a source for each path
 * @returns what the option `files` takes, and `written`: what was written, by path
 */
export function webFiles(
  base: string | URL,
  sources: readonly string[] | { readonly [path: string]: WebSource },
): Files & { readonly written: ReadonlyMap<string, Uint8Array> } {
  const written = new Map<string, Uint8Array>();
  const remote = new Map<string, WebSource>(
    Array.isArray(sources)
      ? (sources as readonly string[]).map((path) => [path, path.split('/').map(encodeURIComponent).join('/')])
      : Object.entries(sources),
  );
  const below = (path: string): string[] => {
    const names = [...remote.keys(), ...written.keys()].filter((name) => name.startsWith(`${path}/`));
    return [...new Set(names.map((name) => name.slice(path.length + 1)))].sort();
  };
  const remove = async (path: string): Promise<void> => {
    for (const each of [path, ...below(path).map((name) => `${path}/${name}`)]) {
      written.delete(each);
      remote.delete(each);
    }
  };
  return {
    written,
    remove,
    join: (...parts) => parts.join('/').replace(/\/{2,}/g, '/'),
    read: async (path) => {
      const source = remote.get(path);
      return written.get(path) ?? (source === undefined ? missing(path, 'no such file') : fetched(base, path, source));
    },
    packageFolder: async (name) =>
      [name, `node_modules/${name}`].find((folder) => remote.has(`${folder}/package.json`)),
    kind: async (path) =>
      written.has(path) || remote.has(path) ? 'file' : below(path).length > 0 ? 'folder' : undefined,
    list: async (path) => {
      const names = below(path);
      return names.length > 0
        ? [...new Set(names.map((name) => name.split('/')[0]!))]
        : missing(path, 'no such folder');
    },
    write: async (path, bytes) => void written.set(path, bytes.slice()),
    async writeFolder(path, files, { replace = false } = {}) {
      if (!replace && (written.has(path) || remote.has(path) || below(path).length > 0))
        throw new AdapterFusionError('FILE_EXISTS', {
          at: path,
          expected: 'a free place',
          got: 'something that is there',
          fix: 'Choose another name, or replace it.',
        });
      await remove(path);
      for (const [name, bytes] of files) written.set(`${path}/${name}`, bytes.slice());
    },
  };
}

async function fetched(base: string | URL, path: string, source: WebSource): Promise<Uint8Array> {
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  const response = await fetch(new URL(source, new URL(base, globalThis.location?.href))).catch((cause: unknown) =>
    missing(path, cause instanceof Error ? cause.message : 'no answer'),
  );
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  return missing(path, `${response.status} ${response.statusText}`.trim());
}

function missing(path: string, got: string): never {
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: path,
    expected: 'a file that the page can reach',
    got,
    fix: 'Check the address and the files that webFiles was given.',
  });
}

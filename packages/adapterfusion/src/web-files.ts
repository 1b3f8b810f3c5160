import { AdapterFusionError, type Files } from '@adapterfusion/contracts';

/**
 * Files of a web server, for a browser. What is written stays in memory, and is read from there from then on.
 * @param base the address that paths are relative to
 * @param paths the files that are there: a web server has no way to list them
 * @returns what the option `files` takes, and `written`: what was written, by path
 */
export function webFiles(
  base: string | URL,
  paths: readonly string[],
): Files & { readonly written: ReadonlyMap<string, Uint8Array> } {
  const written = new Map<string, Uint8Array>();
  const remote = new Set(paths);
  const below = (path: string): string[] => {
    const names = [...remote, ...written.keys()].filter((name) => name.startsWith(`${path}/`));
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
    read: async (path) => written.get(path) ?? (remote.has(path) ? fetched(base, path) : missing(path, 'no such file')),
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

async function fetched(base: string | URL, path: string): Promise<Uint8Array> {
  const url = new URL(path.split('/').map(encodeURIComponent).join('/'), new URL(base, globalThis.location?.href));
  const response = await fetch(url);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  return missing(path, `${response.status} ${response.statusText}`.trim());
}

function missing(path: string, got: string): never {
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: path,
    expected: 'a file that the page can reach',
    got,
    fix: 'Check the address and the list of files that webFiles was given.',
  });
}

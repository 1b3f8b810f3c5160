import { AdapterFusionError, type FileBytes, type Files } from '@adapterfusion/contracts';

/** No server has this name: entries of Cache Storage need addresses. */
const ORIGIN = 'https://files.invalid/';
/** Where the bytes of a file begin that is stored in several pieces. */
const FROM = 'from';

/**
 * Files in the Cache Storage of a browser, which keeps them between visits: for the hub's cache. What is appended is stored
 * piece by piece; `rename` makes one of them.
 * @param open opens the cache, such as `() => caches.open('hub')`; called once
 */
export function cacheStorageFiles(open: () => Promise<Cache>): Files & Required<Pick<Files, 'open'>> {
  let opened: Promise<Cache> | undefined;
  const storage = (): Promise<Cache> => (opened ??= open());
  const paths = async (): Promise<string[]> => [
    ...new Set((await (await storage()).keys()).map(({ url }) => pathOf(new URL(url)))),
  ];
  const below = async (path: string): Promise<string[]> =>
    (await paths()).flatMap((each) => (each.startsWith(`${path}/`) ? [each.slice(path.length + 1)] : []));
  /** Where the next piece of a file begins, of those that were appended to. */
  const ends = new Map<string, number>();
  const blobAt = async (path: string): Promise<Blob | undefined> => {
    const pieces = await piecesOf(await storage(), path);
    return pieces.length > 0 ? new Blob(pieces) : undefined;
  };
  const found = async (path: string): Promise<Blob> => (await blobAt(path)) ?? missing(path);
  const remove = async (path: string): Promise<void> => {
    const cache = await storage();
    ends.clear();
    await cache.delete(addressOf(path), { ignoreSearch: true });
    for (const name of await below(path)) await cache.delete(addressOf(`${path}/${name}`), { ignoreSearch: true });
  };
  const put = async (path: string, content: Blob, from = 0): Promise<void> => {
    const cache = await storage();
    try {
      await cache.put(addressOf(path, from), new Response(content));
    } catch (cause) {
      throw unwritten(path, cause);
    }
    ends.delete(path);
    if (from > 0) return;
    for (const { url } of await cache.keys(addressOf(path), { ignoreSearch: true }))
      if (fromOf(url) > 0) await cache.delete(url);
  };
  return {
    remove,
    join: (...parts) => parts.join('/').replace(/\/{2,}/g, '/'),
    read: async (path) => new Uint8Array(await (await found(path)).arrayBuffer()),
    open: async (path) => bytesOf(await found(path)),
    async kind(path) {
      if (await (await storage()).match(addressOf(path))) return 'file';
      return (await below(path)).length > 0 ? 'folder' : undefined;
    },
    async list(path) {
      const names = await below(path);
      return names.length > 0 ? [...new Set(names.map((name) => name.split('/')[0]!))].sort() : missing(path);
    },
    write: (path, bytes) => put(path, blobOf(bytes)),
    async append(path, bytes) {
      const from = ends.get(path) ?? (await blobAt(path))?.size ?? 0;
      await put(path, blobOf(bytes), from);
      ends.set(path, from + bytes.length);
    },
    async rename(from, to) {
      await put(to, await found(from));
      await remove(from);
    },
    async writeFolder(path, contents, { replace = false } = {}) {
      if ((await blobAt(path)) || (await below(path)).length > 0) {
        if (!replace)
          throw new AdapterFusionError('FILE_EXISTS', {
            at: path,
            expected: 'a free place',
            got: 'something that is there',
            fix: 'Choose another name, or replace it.',
          });
        await remove(path);
      }
      for (const [name, bytes] of contents) await put(`${path}/${name}`, blobOf(bytes));
    },
  };
}

const addressOf = (path: string, from = 0): string =>
  `${ORIGIN}${path.split('/').map(encodeURIComponent).join('/')}${from > 0 ? `?${FROM}=${from}` : ''}`;
const pathOf = ({ pathname }: URL): string => pathname.slice(1).split('/').map(decodeURIComponent).join('/');
const fromOf = (url: string): number => Number(new URL(url).searchParams.get(FROM) ?? 0);

/** The pieces of a file that follow one another from its beginning; one that was left over from another time is no part of it. */
async function piecesOf(cache: Cache, path: string): Promise<Blob[]> {
  const keys = await cache.keys(addressOf(path), { ignoreSearch: true });
  const pieces: Blob[] = [];
  let size = 0;
  for (const { url } of [...keys].sort((a, b) => fromOf(a.url) - fromOf(b.url))) {
    const response = fromOf(url) === size ? await cache.match(url) : undefined;
    if (!response) return pieces;
    const blob = await response.blob();
    pieces.push(blob);
    size += blob.size;
  }
  return pieces;
}

const blobOf = (bytes: Uint8Array): Blob => new Blob([bytes as Uint8Array<ArrayBuffer>]);

const bytesOf = (blob: Blob): FileBytes => ({
  size: blob.size,
  slice: async (from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer()),
});

function missing(path: string): never {
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: path,
    expected: 'a file or folder in Cache Storage',
    got: 'none',
    fix: 'Fetch it again: the browser may have cleared its storage.',
  });
}

function unwritten(path: string, cause: unknown): AdapterFusionError {
  return new AdapterFusionError('FILE_WRITE_FAILED', {
    at: path,
    expected: 'room in the storage of this page',
    got: cause instanceof Error ? cause.message : String(cause),
    fix: 'Make room in the settings of the browser, and start again: what was fetched is kept.',
    cause,
  });
}

import type { Files } from '@adapterfusion/contracts';
import { fileBytes } from '@adapterfusion/data';
import { cacheStorageFiles } from '@adapterfusion/hub';
import { attachHub, type HubSettings } from './platform.js';

/** How a page reaches the hub. */
export interface WebHubOptions extends Pick<HubSettings, 'endpoint' | 'token' | 'offline'> {
  /** Name of the cache in Cache Storage. Default `adapterfusion-hub` */
  readonly cache?: string;
}

/** Where the files of the hub seem to lie. */
const FOLDER = 'hub-cache';

/**
 * Files, and the Hugging Face hub beside them: models and data sets by id, kept in the Cache Storage of the browser. A
 * download goes on where an earlier visit left it; what is there is not fetched again.
 * @param files that the page reaches otherwise
 * @returns what the option `files` takes
 */
export function withHub(files: Files, { cache = 'adapterfusion-hub', ...settings }: WebHubOptions = {}): Files {
  const stored = cacheStorageFiles(() => caches.open(cache));
  const within = (path: string): boolean => path === FOLDER || path.startsWith(`${FOLDER}/`);
  const at = (path: string): Files => (within(path) ? stored : files);
  const both: Files = {
    ...bound(files, ['append', 'rename', 'lock', 'packageFolder', 'packages', 'importPackage']),
    join: (...parts) => files.join(...parts),
    read: (path) => at(path).read(path),
    open: async (path) => (await at(path).open?.(path)) ?? fileBytes(await files.read(path)),
    kind: (path) => at(path).kind(path),
    list: (path) => at(path).list(path),
    write: (path, bytes) => at(path).write(path, bytes),
    writeFolder: (path, contents, options) => at(path).writeFolder(path, contents, options),
    remove: (path) => at(path).remove(path),
  };
  attachHub(both, { ...settings, cache: FOLDER, files: stored });
  return both;
}

/** Those of the methods that there are. */
function bound<K extends keyof Files>(files: Files, names: readonly K[]): Pick<Files, K> {
  const found = names.flatMap((name) => {
    const method = files[name] as ((...given: never[]) => unknown) | undefined;
    return method ? [[name, method.bind(files)]] : [];
  });
  return Object.fromEntries(found) as Pick<Files, K>;
}

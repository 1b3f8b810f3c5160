import { parseJsonObject } from '@adapterfusion/checkpoint';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { download, type RemoteFile } from './download.js';
import type { HubOptions } from './options.js';
import type { HubReference } from './reference.js';
import { request } from './request.js';

/** A repository as it lies in the cache. */
export interface Snapshot {
  /** The folder with its files. */
  readonly folder: string;
  /** The commit. */
  readonly commit: string;
}

interface Entry {
  readonly name: string;
  readonly size: number;
  readonly blob: string;
  readonly sha256?: string;
}

const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Fetches files of a repository into the cache, those that are not there yet, small ones first; goes on where an earlier start
 * stopped. Without network or with `offline`, what is in the cache is taken; a pinned commit that is there asks nobody.
 * @param choose of the names that there are, those that are wanted; throws where some are missing
 * @throws HUB_DENIED, HUB_NOT_FOUND, HUB_FAILED, HUB_UNREACHABLE, HASH_MISMATCH, ABORTED, FILE_WRITE_FAILED, and what `choose`
 * throws
 */
export async function snapshot(
  reference: HubReference,
  choose: (names: readonly string[]) => readonly string[],
  options: HubOptions,
): Promise<Snapshot> {
  const { files, cache, offline = false } = options;
  const root = files.join(cache, `${reference.type}s--${reference.id.replaceAll('/', '--')}`);
  const at = (commit: string): Snapshot => ({ commit, folder: files.join(root, 'snapshots', commit) });
  const known = await knownCommit(reference, root, options);
  const cached = async (): Promise<Snapshot | undefined> => {
    if (known === undefined || (await files.kind(at(known).folder)) !== 'folder') return undefined;
    choose(await namesIn(at(known).folder, options));
    return at(known);
  };
  if (offline || COMMIT.test(reference.revision)) {
    const found = await cached().catch((error: unknown) => {
      if (offline) throw error;
    });
    if (found) return found;
    if (offline) throw notCached(reference, root);
  }
  let listed: Awaited<ReturnType<typeof list>>;
  try {
    listed = await list(reference, options);
  } catch (error) {
    if (!AdapterFusionError.is(error) || error.code !== 'HUB_UNREACHABLE') throw error;
    const found = await cached().catch(() => undefined);
    if (!found) throw error;
    options.onWarning?.(`${reference.id}: the hub does not answer; the commit ${found.commit} in the cache is used.`);
    return found;
  }
  const { commit, entries } = listed;
  const names = choose(entries.map(({ name }) => name));
  const { folder } = at(commit);
  const missing: Entry[] = [];
  for (const entry of entries.filter(({ name }) => names.includes(name)))
    if ((await files.kind(files.join(folder, entry.name))) === undefined) missing.push(entry);
  missing.sort((a, b) => a.size - b.size);
  await fetchAll(
    missing.map(({ name, blob, ...entry }) => ({
      ...{ ...entry, name, to: files.join(folder, name) },
      url: `${reference.type === 'dataset' ? 'datasets/' : ''}${reference.id}/resolve/${commit}/${name.split('/').map(encodeURIComponent).join('/')}`,
      incomplete: files.join(root, 'blobs', `${blob}.incomplete`),
    })),
    options,
  );
  if (reference.revision !== commit)
    await files.write(files.join(root, 'refs', reference.revision), new TextEncoder().encode(commit));
  return at(commit);
}

async function fetchAll(wanted: readonly RemoteFile[], options: HubOptions): Promise<void> {
  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  const begun = performance.now();
  let [before, resumed] = [0, 0];
  for (const file of wanted) {
    let first = true;
    await download(file, options, (bytes) => {
      if (first) resumed += bytes;
      first = false;
      const done = before + bytes;
      const rate = (done - resumed) / Math.max((performance.now() - begun) / 1000, 1e-3);
      const left = rate > 0 ? (total - done) / rate : Infinity;
      options.onProgress?.({ file: file.name, done, total, rate, left });
    });
    before += file.size;
  }
}

/** The commit and the files of a revision. */
async function list(
  { type, id, revision }: HubReference,
  options: HubOptions,
): Promise<{ commit: string; entries: readonly Entry[] }> {
  const path = `api/${type}s/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await request(path, `the ${type} ${id} at ${revision}`, options);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const info = parseJsonObject(bytes, 'HUB_FAILED', path, 'a JSON object', 'Try again later.');
  const { sha, siblings } = info as { sha?: unknown; siblings?: unknown };
  const entries = Array.isArray(siblings) ? siblings.map(entryOf) : [undefined];
  if (typeof sha === 'string' && COMMIT.test(sha) && entries.every((entry) => entry !== undefined))
    return { commit: sha, entries };
  throw new AdapterFusionError('HUB_FAILED', {
    at: path,
    expected: 'a commit, and names and sizes of files',
    got: new TextDecoder().decode(bytes.subarray(0, 80)),
    fix: 'Check that HF_ENDPOINT is a hub.',
  });
}

/** A file of the hub's list; undefined where it is none, or would lie outside the folder. */
function entryOf(given: unknown): Entry | undefined {
  const { rfilename: name, size, blobId, lfs } = given as Record<string, unknown>;
  const { sha256 } = (lfs ?? {}) as { sha256?: unknown };
  const blob = typeof sha256 === 'string' ? sha256 : blobId;
  const inside = typeof name === 'string' && !/[\\:]|^\/|(^|\/)\.\.?(\/|$)/.test(name);
  if (!inside || typeof size !== 'number' || typeof blob !== 'string' || !/^[0-9a-f]+$/.test(blob)) return undefined;
  return { name, size, blob, ...(typeof sha256 === 'string' ? { sha256 } : {}) };
}

/** The commit that a revision was when the hub was last asked. */
async function knownCommit({ revision }: HubReference, root: string, { files }: HubOptions) {
  if (COMMIT.test(revision)) return revision;
  const at = files.join(root, 'refs', revision);
  if ((await files.kind(at)) !== 'file') return undefined;
  const commit = new TextDecoder().decode(await files.read(at)).trim();
  return COMMIT.test(commit) ? commit : undefined;
}

async function namesIn(folder: string, options: HubOptions, before = ''): Promise<string[]> {
  const names: string[] = [];
  for (const name of await options.files.list(folder)) {
    const path = options.files.join(folder, name);
    if ((await options.files.kind(path)) === 'file') names.push(before + name);
    else names.push(...(await namesIn(path, options, `${before}${name}/`)));
  }
  return names;
}

const notCached = ({ id, revision }: HubReference, root: string): AdapterFusionError =>
  new AdapterFusionError('HUB_UNREACHABLE', {
    at: root,
    expected: `${id} at ${revision} in the cache, since HF_HUB_OFFLINE or the option offline is set`,
    got: 'none',
    fix: 'Unset it once, or name a folder that holds the files.',
  });

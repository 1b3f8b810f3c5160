import { sha256 } from '@adapterfusion/checkpoint';
import { AdapterFusionError } from '@adapterfusion/contracts';
import type { HubOptions } from './options.js';
import { brokenOff, request } from './request.js';

/** A file to fetch. */
export interface RemoteFile {
  /** Below the endpoint. */
  readonly url: string;
  readonly name: string;
  readonly size: number;
  /** Where the hub names it. */
  readonly sha256?: string;
  /** Where its bytes gather until they are complete. */
  readonly incomplete: string;
  readonly to: string;
}

/** Bytes that are put to the file at a time. */
const BLOCK = 1 << 20;

/**
 * Fetches a file, from where an earlier start stopped; it is at its place when it is complete and not before.
 * @param told of the bytes that there are
 * @throws as `request`; HASH_MISMATCH; FILE_WRITE_FAILED
 */
export async function download(file: RemoteFile, options: HubOptions, told: (bytes: number) => void): Promise<void> {
  const { files } = options;
  const { append, rename } = files;
  if (!append || !rename) throw new TypeError('the hub needs files with append and rename');
  let have = await sizeOf(file.incomplete, options);
  if (have > file.size) {
    await files.remove(file.incomplete);
    have = 0;
  }
  told(have);
  if (have < file.size || file.size === 0) {
    const range = have > 0 ? { range: `bytes=${have}-` } : undefined;
    const response = await request(file.url, `the file ${file.name}`, options, range);
    if (response.status !== 206 && have > 0) {
      await files.remove(file.incomplete);
      have = 0;
    }
    if (response.status === 416) throw incomplete(file, 0);
    for await (const block of blocksOf(response, file, options)) {
      await append.call(files, file.incomplete, block);
      told((have += block.length));
    }
  }
  if (have !== file.size) {
    if (have > file.size) await files.remove(file.incomplete);
    throw incomplete(file, have);
  }
  if (file.size === 0) await files.write(file.incomplete, new Uint8Array());
  await check(file, options);
  await rename.call(files, file.incomplete, file.to);
}

async function check({ sha256: wanted, incomplete: path, url }: RemoteFile, { files }: HubOptions): Promise<void> {
  const found = wanted === undefined ? undefined : await sha256(await files.read(path));
  if (found === wanted) return;
  await files.remove(path);
  throw new AdapterFusionError('HASH_MISMATCH', {
    at: url,
    expected: `bytes with SHA-256 ${wanted}`,
    got: found ?? 'none',
    fix: 'Start again: the file was damaged on its way and is fetched anew.',
  });
}

async function* blocksOf(
  { body }: Response,
  { url }: RemoteFile,
  { signal }: HubOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const reader = body!.getReader();
  let [held, size]: [Uint8Array[], number] = [[], 0];
  const taken = (): Uint8Array => {
    const block = new Uint8Array(size);
    let at = 0;
    for (const part of held) {
      block.set(part, at);
      at += part.length;
    }
    [held, size] = [[], 0];
    return block;
  };
  try {
    for (;;) {
      // What came before the transfer broke off is kept.
      const next = await reader.read().catch((cause: unknown) => brokenOff(cause, url, signal));
      if (next instanceof Error || next.done) {
        if (size > 0) yield taken();
        if (next instanceof Error) throw next;
        return;
      }
      held.push(next.value);
      size += next.value.length;
      if (size >= BLOCK) yield taken();
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function sizeOf(path: string, { files }: HubOptions): Promise<number> {
  if ((await files.kind(path)) !== 'file') return 0;
  return files.open ? (await files.open(path)).size : (await files.read(path)).length;
}

const incomplete = ({ url, size }: RemoteFile, got: number): AdapterFusionError =>
  new AdapterFusionError('HUB_FAILED', {
    at: url,
    expected: `${size} bytes`,
    got: String(got),
    fix: 'Start again: it goes on where it stopped.',
  });

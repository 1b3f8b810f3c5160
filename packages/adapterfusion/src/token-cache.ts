import { sha256 } from '@adapterfusion/checkpoint';
import { AdapterFusionError, identityOf, type Files, type Split } from '@adapterfusion/contracts';
import { fileBytes, joinBytes } from '@adapterfusion/data';
import { decodeTokens, encodeTokens, lengthOf } from '@adapterfusion/text';
import type { StoredRows } from '@adapterfusion/training';
import type { CommonOptions } from './options.js';
import { pause } from './pause.js';
import { encodeExample, isTruncated } from './kind-rows.js';
import { targetedRows, type OpenData, type Targeted } from './rows.js';
import type { Session } from './session.js';
import { TokenCounter, tokenWarnings } from './unknown-tokens.js';

/** Bytes that are written at once. */
const PART = 2 ** 22;

type Told = Pick<CommonOptions, 'onProgress' | 'onWarning' | 'signal'>;

/**
 * A split's rows as token ids in a folder, made where they are not there yet. Their name is a hash of the rows' texts and
 * targets, the tokenizer and the length: what has changed is made anew. In memory are a few numbers and the target of each row.
 * @param options.see is shown every row
 * @throws what reading the data throws; UNSUPPORTED for files that cannot be appended to; FILE_EXISTS where another process
 * makes the same; ABORTED
 */
export async function cachedTokens(
  session: Pick<Session, 'files' | 'tokenizer' | 'settings'>,
  data: OpenData,
  split: Split,
  folder: string,
  maxLength: number,
  options: Told & { readonly see?: (row: Targeted) => void },
): Promise<StoredRows> {
  const { files } = session;
  const { identity, rows } = await identify(session, data, split, maxLength, options);
  const place = files.join(folder, identity.slice(0, 32));
  const found = await openStored(files, place, identity);
  if (found) return found;
  const release = await files.lock?.(place);
  try {
    // Another process may have finished it meanwhile, and read from it now.
    const made = await openStored(files, place, identity);
    if (made) return made;
    await make(session, data, split, place, { maxLength, rows, identity }, options);
  } finally {
    await release?.();
  }
  return (await openStored(files, place, identity))!;
}

/** Reads all rows once, and hashes them block by block: they need not fit into memory. */
async function identify(
  { settings }: Pick<Session, 'settings'>,
  data: OpenData,
  split: Split,
  maxLength: number,
  { signal, see }: Told & { readonly see?: (row: Targeted) => void },
): Promise<{ identity: string; rows: number }> {
  const text = new TextEncoder();
  const parts: string[] = [];
  const add = async (bytes: Uint8Array): Promise<unknown> => parts.push(await sha256(bytes));
  for (const name of [...settings.keys()].sort()) await add(settings.get(name)!);
  let [block, size, rows]: [string[], number, number] = [[], 0, 0];
  for await (const row of targetedRows(data, split)) {
    if (rows++ % 512 === 0) await pause(signal, data.name);
    see?.(row);
    const line = JSON.stringify(row);
    block.push(line);
    size += line.length;
    if (size < PART) continue;
    await add(text.encode(block.join('\n')));
    [block, size] = [[], 0];
  }
  await add(text.encode(block.join('\n')));
  return {
    identity: await sha256(
      text.encode(JSON.stringify(['tokens 2', identityOf(data.task.plugin), data.labels, maxLength, rows, parts])),
    ),
    rows,
  };
}

/** What a finished cache says of itself. */
interface Finished {
  readonly identity: string;
  readonly rows: number;
  readonly bytes: number;
  /** SHA-256 of the index. */
  readonly index: string;
  /** SHA-256 of the targets. */
  readonly targets: string;
}

const paths = (place: string) => ({
  rows: `${place}.rows`,
  index: `${place}.index`,
  targets: `${place}.targets.json`,
  record: `${place}.json`,
});

async function make(
  { files, tokenizer }: Pick<Session, 'files' | 'tokenizer'>,
  data: OpenData,
  split: Split,
  place: string,
  wanted: { readonly maxLength: number; readonly rows: number; readonly identity: string },
  { signal, onProgress, onWarning }: Told,
): Promise<void> {
  if (!files.append)
    throw new AdapterFusionError('UNSUPPORTED', {
      at: 'cache',
      expected: 'files that can be appended to',
      got: 'files that are written whole',
      fix: 'Leave the cache away.',
    });
  const { rows, index, targets, record } = paths(place);
  for (const path of [record, index, targets, rows]) await files.remove(path);
  const { maxLength } = wanted;
  const text = new TextEncoder();
  const offsets = [0];
  const lengths: number[] = [];
  const wantedTargets: unknown[] = [];
  const counter = new TokenCounter(tokenizer);
  let [held, size, bytes, example, cut]: [Uint8Array[], number, number, number, number] = [[], 0, 0, 0, 0];
  const flush = async (): Promise<void> => {
    if (size > 0) await files.append!(rows, joinBytes(held));
    [held, size] = [[], 0];
  };
  for await (const { example: given } of targetedRows(data, split)) {
    if (example++ % 512 === 0) {
      await pause(signal, data.name);
      onProgress?.({ stage: 'tokenize', done: example, total: wanted.rows });
    }
    const encoded = encodeExample(data.kind, given, tokenizer, { maxLength, name: data.name });
    if (encoded.some(isTruncated)) cut++;
    const where = text.encode(given.at ?? '');
    for (const row of encoded) {
      counter.add(row);
      const words = encodeTokens(row);
      held.push(new Uint8Array(Uint32Array.of(words.length).buffer), words, where);
      const own = 4 + words.length + where.length;
      offsets.push((bytes += own));
      lengths.push(lengthOf(row));
      wantedTargets.push(row.target);
      size += own;
    }
    if (size >= PART) await flush();
  }
  await flush();
  onProgress?.({ stage: 'tokenize', done: example, total: wanted.rows });
  if (cut > 0) onWarning?.(`${data.name}: ${cut} of ${example} rows in "${split}" cut to ${maxLength} tokens.`);
  for (const warning of tokenWarnings(`${data.name}, "${split}"`, counter.counts)) onWarning?.(warning);
  const table = joinBytes([offsets, lengths].map((numbers) => new Uint8Array(Float64Array.from(numbers).buffer)));
  await files.write(index, table);
  const listed = text.encode(JSON.stringify(wantedTargets));
  await files.write(targets, listed);
  const hashes = { index: await sha256(table), targets: await sha256(listed) };
  const finished: Finished = { identity: wanted.identity, rows: lengths.length, bytes, ...hashes };
  await files.write(record, text.encode(`${JSON.stringify(finished)}\n`));
}

/** What a record says; undefined where it is damaged. */
function finishedIn(bytes: Uint8Array): Finished | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Finished;
  } catch {
    return undefined;
  }
}

/** A finished cache; undefined where there is none, or what is there is not what its record says. */
async function openStored(files: Files, place: string, identity: string): Promise<StoredRows | undefined> {
  const { rows, index, targets, record } = paths(place);
  if ((await files.kind(record)) === undefined) return undefined;
  const said = finishedIn(await files.read(record));
  const readWhole = async (path: string): Promise<Uint8Array> =>
    (await files.kind(path)) === 'file' ? files.read(path) : new Uint8Array();
  const [table, listed] = [await readWhole(index), await readWhole(targets)];
  const bytes =
    (await files.kind(rows)) === 'file'
      ? files.open
        ? await files.open(rows)
        : fileBytes(await files.read(rows))
      : undefined;
  const whole =
    said?.identity === identity &&
    bytes?.size === said.bytes &&
    (await sha256(table)) === said.index &&
    (await sha256(listed)) === said.targets;
  if (!whole) return undefined;
  const count = said.rows;
  const numbers = new Float64Array(table.slice().buffer);
  const offsets = numbers.subarray(0, count + 1);
  const text = new TextDecoder();
  const known = JSON.parse(text.decode(listed)) as unknown[];
  return {
    length: count,
    targets: known,
    lengths: numbers.subarray(count + 1),
    identity,
    read: (indices) =>
      Promise.all(
        indices.map(async (row) => {
          const own = await bytes.slice(offsets[row]!, offsets[row + 1]!);
          const end = 4 + new DataView(own.buffer, own.byteOffset).getUint32(0, true);
          const at = text.decode(own.subarray(end));
          return { ...decodeTokens(own.subarray(4, end)), target: known[row], ...(at === '' ? {} : { at }) };
        }),
      ),
  };
}

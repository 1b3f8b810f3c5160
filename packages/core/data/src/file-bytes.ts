import type { FileBytes } from '@adapterfusion/contracts';

/** Bytes in memory or a `Blob`, as which a browser hands over files, as a file that is read part by part. */
export function fileBytes(data: Uint8Array | Blob): FileBytes {
  if (data instanceof Uint8Array)
    return { size: data.length, slice: (from, to) => Promise.resolve(data.subarray(from, to)) };
  return { size: data.size, slice: async (from, to) => new Uint8Array(await data.slice(from, to).arrayBuffer()) };
}

const CHUNK = 2 ** 20;

/** A file's bytes in order, part by part; unpacked where they are gzip, which the first two bytes tell. */
export async function* chunksOf(file: FileBytes): AsyncGenerator<Uint8Array> {
  yield* (await isGzip(file)) ? gunzip(parts(file)) : parts(file);
}

export async function isGzip(file: FileBytes): Promise<boolean> {
  const [first, second] = await file.slice(0, 2);
  return first === 0x1f && second === 0x8b;
}

async function* parts(file: FileBytes): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let from = 0; from < file.size; from += CHUNK)
    yield (await file.slice(from, Math.min(from + CHUNK, file.size))) as Uint8Array<ArrayBuffer>;
}

async function* gunzip(packed: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const next = await packed.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
  });
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

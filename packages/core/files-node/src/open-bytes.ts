import { open, stat } from 'node:fs/promises';
import type { FileBytes } from '@adapterfusion/contracts';
import { notRead } from './failure.js';

/** A file that is read part by part. Nothing is open between two parts. */
export async function openBytes(path: string): Promise<FileBytes> {
  const status = await stat(path);
  if (status.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  return { size: status.size, slice: (from, to) => slice(path, from, Math.min(to, status.size)) };
}

async function slice(path: string, from: number, to: number): Promise<Uint8Array> {
  try {
    const handle = await open(path);
    try {
      const bytes = new Uint8Array(Math.max(0, to - from));
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
        if (bytesRead === 0) throw new Error(`a file that shrank to ${from + at} bytes while it was read`);
        at += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw notRead(path, 'a file', error);
  }
}

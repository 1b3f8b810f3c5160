import type { Files } from '@adapterfusion/contracts';
import { expect, it } from 'vitest';
import { readCorpus, unpack } from './index.js';

/** Forty copies of a sentence, packed by zstd 1.5. */
const PACKED = Buffer.from('KLUv/WTgAJ0AAGBNYW55IGxpbmVzLiABANFXSxIY869W', 'base64');

const filesOf = (bytes: Uint8Array) => ({ read: async () => bytes }) as unknown as Files;

it('unpacks a Zstandard file', async () => {
  expect(new TextDecoder().decode(await unpack(PACKED, 'f'))).toBe('Many lines. '.repeat(40));
});

it('reads one paragraph a line, packed or not, without empty lines', async () => {
  const plain = new TextEncoder().encode('One.\n\n Two. \n');
  expect((await readCorpus(filesOf(plain), 'a.txt')).paragraphs).toEqual(['One.', 'Two.']);
  expect((await readCorpus(filesOf(PACKED), 'a.zst')).paragraphs).toEqual(['Many lines. '.repeat(40).trim()]);
});

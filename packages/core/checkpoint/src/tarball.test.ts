import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTarball } from './index.js';

interface Entry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly type?: string;
  readonly size?: number;
  readonly prefix?: string;
}

/** A tar by the letter of POSIX, with what a case wants to be wrong. */
function tar(entries: readonly Entry[], { end = true } = {}): Buffer {
  const blocks = entries.flatMap(({ path, content = '', type = '0', size, prefix = '' }) => {
    const bytes = Buffer.from(content as string);
    const header = Buffer.alloc(512);
    header.write(path, 0, 100);
    header.write('0000644\0', 100);
    header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write(type, 156);
    header.write('ustar\0' + '00', 257);
    header.write(prefix, 345, 155);
    header.fill(' ', 148, 156);
    const sum = header.reduce((all, byte) => all + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(end ? 1024 : 0)]);
}

const read = (entries: readonly Entry[], options = {}) => readTarball(gzipSync(tar(entries, options)), 'x.tgz');
const corrupt = (says: string) =>
  expect.objectContaining({ code: 'FILE_CORRUPT', at: 'x.tgz', message: expect.stringContaining(says) }) as Error;
const texts = (files: ReadonlyMap<string, Uint8Array>) =>
  Object.fromEntries([...files].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));

describe('readTarball', () => {
  it('gives files below the one folder, long paths too', async () => {
    const pax = 'package/deep/name';
    const files = await read([
      { path: 'package/', type: '5' },
      { path: 'package/package.json', content: '{}' },
      { path: 'name', prefix: 'package/a', content: 'p'.repeat(600) },
      { path: 'PaxHeader', type: 'x', content: `${pax.length + 9} path=${pax}\n` },
      { path: 'package/cut', content: 'long' },
    ]);
    expect(texts(files)).toEqual({ 'package.json': '{}', 'a/name': 'p'.repeat(600), 'deep/name': 'long' });
  });

  it.each(['package/../../x', '../x', '/etc/x', 'package//x', 'package/./x', 'package\\..\\x', 'C:/x', 'x'])(
    'refuses the path %j',
    (path) => expect(read([{ path }])).rejects.toThrow(corrupt('paths within one folder')),
  );

  it.each([
    ['a symbolic link', [{ path: 'package/x', type: '2' }], 'an entry of type "2"'],
    ['a hard link', [{ path: 'package/x', type: '1' }], 'an entry of type "1"'],
    ['a device', [{ path: 'package/x', type: '3' }], 'an entry of type "3"'],
    ['a size beyond the end', [{ path: 'package/x', size: 5000 }], '5000 bytes after a header'],
  ])('refuses %s', (_, entries, says) => expect(read(entries)).rejects.toThrow(corrupt(says)));

  it('refuses what is cut off, damaged or none', async () => {
    const good = tar([{ path: 'package/x', content: 'y' }]);
    await expect(read([{ path: 'package/x' }], { end: false })).rejects.toThrow(corrupt('two empty blocks'));
    await expect(readTarball(gzipSync(good).subarray(0, 40), 'x.tgz')).rejects.toThrow(corrupt('a gzipped archive'));
    await expect(readTarball(new Uint8Array(100), 'x.tgz')).rejects.toThrow(corrupt('a gzipped archive'));
    good[0] = 0x71;
    await expect(readTarball(gzipSync(good), 'x.tgz')).rejects.toThrow(corrupt('a wrong check sum'));
  });

  it('stops an archive that expands without bound', async () => {
    const bomb = gzipSync(Buffer.alloc(2 ** 27));
    expect(bomb.length).toBeLessThan(2 ** 18);
    await expect(readTarball(bomb, 'x.tgz')).rejects.toThrow(corrupt('expands to at most'));
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { toFloat32, toInt32 } from '@adapterfusion/checkpoint';
import { describe, expect, it } from 'vitest';
import { readTorchFile } from './torch-file.js';
import { writeTorchFile } from './torch-write.js';
import { readZip, writeZip } from './zip.js';

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/pickles/${name}.bin`, import.meta.url));
const read = (bytes: Uint8Array) => readTorchFile(bytes, 'x.bin');
const failing = (code: string, says: string): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(says) });

describe('what torch.save wrote', () => {
  it.each(['new', 'old'])('is read as data, %s: views, transposed, at any precision', (name) => {
    const tensors = read(fixture(name));
    const values = (key: string) => [...toFloat32(tensors.get(key)!)];
    expect([...tensors.keys()].slice(0, 4)).toEqual(['plain', 'turned', 'part', 'other']);
    expect(tensors.get('plain')!.shape).toEqual([2, 3]);
    expect(values('plain')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tensors.get('turned')!.shape).toEqual([3, 2]);
    expect(values('turned')).toEqual([0, 3, 1, 4, 2, 5]);
    expect(values('part')).toEqual([2, 3, 4]);
    expect(values('other')).toEqual([4, 5, 6, 7]);
    expect(values('half')).toEqual([0.5, -2]);
    expect(values('bfloat')).toEqual([0.25, 3]);
    expect(values('double')).toEqual([1.5]);
    expect([...toInt32(tensors.get('whole')!)]).toEqual([7, -1]);
    expect([tensors.get('scalar')!.shape, values('scalar')]).toEqual([[], [4]]);
    expect([tensors.get('empty')!.shape, values('empty')]).toEqual([[0, 3], []]);
  });

  it('reads parameters, and what we write ourselves', () => {
    expect([...toFloat32(read(fixture('parameter')).get('parameter')!)]).toEqual([1]);
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    const written = read(
      writeTorchFile(
        new Map([
          ['a.weight', { shape: [2, 3], data }],
          ['é', { shape: [], data: data.slice(0, 1) }],
        ]),
      ),
    );
    expect([...written.keys()]).toEqual(['a.weight', 'é']);
    expect(written.get('a.weight')).toMatchObject({ dtype: 'F32', shape: [2, 3] });
    expect(toFloat32(written.get('a.weight')!)).toEqual(data);
  });

  it.each(['evil-new', 'evil-old', 'evil-plain'])('%s asks for a command: refused, nothing executed', (name) => {
    expect(fixture(name).toString('latin1')).toContain('touch pwned');
    expect(() => read(fixture(name))).toThrow(
      failing('PICKLE_REFUSED', 'one that asks for posix.system; nothing was executed'),
    );
    expect(existsSync('pwned')).toBe(false);
  });

  it.each([
    'builtins\neval',
    'torch\nload',
    'torch._utils\n_rebuild_tensor',
    '__builtin__\ngetattr',
    'numpy.core.multiarray\n_reconstruct',
  ])('refuses the name %j before anything is called', (name) => {
    const pickle = Buffer.from(`\x80\x02c${name}\n.`, 'latin1');
    expect(() => read(writeZip(new Map([['archive/data.pkl', pickle]])))).toThrow(
      failing('PICKLE_REFUSED', name.replace('\n', '.')),
    );
  });
});

describe('damaged files', () => {
  const files = () => readZip(fixture('new'), 'x.bin');
  const withFile = (name: string, bytes: Uint8Array) => writeZip(new Map([...files(), [name, bytes]]));
  const root = [...files().keys()][0]!.split('/')[0]!;

  it.each([
    ['nothing', new Uint8Array(0), 'FILE_CORRUPT', 'cut off'],
    ['words', Buffer.from('words'), 'FILE_CORRUPT', 'the instruction'],
    ['an archive that is cut off', fixture('new').subarray(0, 900), 'FILE_CORRUPT', 'cut off'],
    ['an old file that is cut off', fixture('old').subarray(0, -9), 'FILE_CORRUPT', 'bytes of a storage'],
    [
      'an archive without a pickle',
      writeZip(new Map([['a/b', new Uint8Array(1)]])),
      'FILE_CORRUPT',
      'an archive with data.pkl',
    ],
    ['big-endian numbers', withFile(`${root}/byteorder`, Buffer.from('big')), 'FILE_CORRUPT', 'little-endian'],
    [
      'a storage that is too small',
      withFile(`${root}/data/0`, new Uint8Array(23)),
      'FILE_CORRUPT',
      'a storage of 6 numbers',
    ],
    [
      'numbers for tensors',
      withFile(`${root}/data.pkl`, Buffer.from('\x80\x02}X\x01\0\0\0aK\x05s.', 'latin1')),
      'TENSORS_INVALID',
      'other values',
    ],
    [
      'a list',
      withFile(`${root}/data.pkl`, Buffer.from('\x80\x02].', 'latin1')),
      'TENSORS_INVALID',
      'a dictionary of tensors',
    ],
    [
      'a pickle that takes too much',
      withFile(`${root}/data.pkl`, Buffer.from('\x80\x02R.', 'latin1')),
      'FILE_CORRUPT',
      'takes more',
    ],
    ['a path that leaves the archive', withFile('../../evil', new Uint8Array(1)), 'FILE_CORRUPT', 'names within'],
    ['an absolute path', withFile('/etc/passwd', new Uint8Array(1)), 'FILE_CORRUPT', 'names within'],
  ] as const)('%s', (_, bytes, code, says) => {
    expect(() => read(bytes)).toThrow(failing(code, says));
  });

  const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
  const pickled = (text: string) => withFile(`${root}/data.pkl`, bytesOf(`\x80\x02${text}`));
  const ordered = 'ccollections\nOrderedDict\n';
  /** A tensor of the storage of 6 numbers. */
  const tensor = (offset: string, shape: string, stride: string, count = 'K\x06') =>
    'ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu' +
    `${count}tQ${offset}${shape}${stride}\x89${ordered})RtR`;
  const named = (value: string) => pickled(`}X\x01\0\0\0a${value}s.`);
  const most = '\x8a\x07\xff\xff\xff\xff\xff\xff\x1f';
  /** A tuple of a tuple twice of a tuple twice: as text, 2 to the power of 22 characters. */
  const laughs = `)q\0${Array.from({ length: 22 }, (_, level) => {
    const [inner, outer] = [String.fromCharCode(level), String.fromCharCode(level + 1)];
    return `h${inner}h${inner}\x86q${outer}`;
  }).join('')}`;

  it.each([
    ['a dictionary of numbers', pickled(`${ordered}]K\x01a\x85R.`), 'a call of collections.OrderedDict'],
    ['a dictionary of a text', pickled(`${ordered}X\x02\0\0\0ab\x85R.`), 'a call of collections.OrderedDict'],
    ['what was never kept', named('h\x63'), 'takes what it has not kept'],
    ['nothing to keep', pickled('q\0.'), 'keeps what it has not'],
    ['a name of lists in lists', pickled(`${laughs}X\x01\0\0\0a\x93.`), 'a name that is no text'],
    ['an offset beyond the storage', named(tensor('K\x06', '(K\x01t', '(K\x01t')), 'numbers within 6'],
    ['a protocol to come', pickled('\x80\x06}.'), 'a later protocol'],
    ['a long offset below 0', named(tensor('\x8a\x01\xff', '(K\x01t', '(K\x01t')), 'other arguments'],
    ['an offset below 0', named(tensor('J\xff\xff\xff\xff', '(K\x01t', '(K\x01t')), 'other arguments'],
    ['a length below 0', named(tensor('K\0', '(J\xff\xff\xff\xfft', '(K\x01t')), 'other arguments'],
    ['a stride below 0', named(tensor('K\x05', '(K\x02t', '(J\xff\xff\xff\xfft')), 'other arguments'],
    ['a stride beyond the storage', named(tensor('K\0', '(K\x02t', '(K\x06t')), 'up to 6'],
    ['more numbers than there are, by a stride of 0', named(tensor('K\0', '(K\x07t', '(K\0t')), '7 of them'],
    ['a product of lengths that overflows', named(tensor('K\0', `(${most}${most}t`, '(K\0K\0t')), 'of them'],
    [
      'a product that is no number',
      named(tensor('K\0', `(${most.repeat(25)}K\0t`, `(${'K\x01'.repeat(26)}t`)),
      'NaN of them',
    ],
    ['65 axes', named(tensor('K\0', `(${'K\x01'.repeat(65)}t`, `(${'K\x01'.repeat(65)}t`)), 'other arguments'],
    ['a storage of fewer than none', named(tensor('K\0', '(t', '(t', 'J\xff\xff\xff\xff')), 'than a storage'],
    ['a storage of more than there are', named(tensor('K\0', '(t', '(t', most)), 'a storage of 9007199254740991'],
    [
      'a storage that is called by no text',
      bytesOf(
        '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02K\0.\x80\x02}.' +
          `\x80\x02}X\x01\0\0\0a${tensor('K\0', '(t', '(t')}s.\x80\x02]K\0a.${'\0'.repeat(32)}`,
      ),
      'another, 1 in the list',
    ],
  ])('an attack by %s', (_, bytes, says) => {
    expect(() => read(bytes)).toThrow(failing('FILE_CORRUPT', says));
  });

  it('a list that changes after it was checked changes no tensor', () => {
    const kept = tensor('K\0', 'h\x01', 'h\x02');
    const bytes = pickled(`]q\x01K\x02a]q\x02K\x01a}X\x01\0\0\0a${kept}sq\x03h\x01J\xfe\xff\xff\xffah\x03.`);
    // What is left on the stack below the dictionary means nothing.
    expect(read(bytes).get('a')!.shape).toEqual([2]);
  });

  it('a storage that many tensors repeat is not copied without end', () => {
    const repeated = tensor('K\0', '(M\0\x40t', '(K\0t', 'M\0\x40');
    const archive = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => `X\x01\0\0\0${index}h\x05`);
      const pickle = bytesOf(`\x80\x02${repeated}q\x05}(${names.join('')}u.`);
      return writeZip(new Map([...files(), [`${root}/data/0`, new Uint8Array(2 ** 16)], [`${root}/data.pkl`, pickle]]));
    };
    expect(read(archive(1)).size).toBe(1);
    expect(() => read(archive(2))).toThrow(failing('FILE_CORRUPT', 'out of the same storages'));
  });

  it('a compressed entry, as of a zip bomb, is not expanded', () => {
    const bomb = deflateRawSync(Buffer.alloc(2 ** 24));
    const bytes = Buffer.from(withFile('bomb/data/9', bomb));
    const at = bytes.lastIndexOf('bomb/data/9') - 46;
    bytes.writeUInt16LE(8, at + 10);
    bytes.writeUInt32LE(2 ** 24, at + 24);
    expect(() => read(bytes)).toThrow(failing('FILE_CORRUPT', 'a compressed one'));
  });

  it('entries that overlap, each expanding the same bytes, are refused', () => {
    const bytes = Buffer.from(withFile('archive/data/9', new Uint8Array(64)));
    const first = bytes.lastIndexOf(`${root}/data/0`) - 46;
    const last = bytes.lastIndexOf('archive/data/9') - 46;
    bytes.writeUInt32LE(bytes.readUInt32LE(first + 42), last + 42);
    expect(() => read(bytes)).toThrow(failing('FILE_CORRUPT', 'an overlap'));
  });

  it('random damage is refused by a code, or leaves tensors', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const bytes = Buffer.from(fixture(seed % 2 ? 'new' : 'old'));
      for (let hit = 0; hit < 4; hit++)
        bytes[(seed * 7919 + hit * 104729) % bytes.length] = (seed * 31 + hit * 17) & 255;
      try {
        for (const tensor of read(bytes).values()) expect(tensor.bytes.length).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(['FILE_CORRUPT', 'PICKLE_REFUSED', 'TENSORS_INVALID']).toContain((error as { code?: string }).code);
      }
    }
  });
});

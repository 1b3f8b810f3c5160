import { existsSync, readFileSync } from 'node:fs';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { parseSafetensors, toFloat32, toInt32, writeSafetensors, type StoredDType } from './index.js';

const shared = new URL('../../../../../shared/', import.meta.url);
const two = [
  { name: 'b', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, -0.5) },
  { name: 'a.ids', shape: [2], data: Int32Array.of(7, -8) },
];

/** A file of a given header and data. */
function file(header: string | object, data: ArrayLike<number> = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

function one(dtype: StoredDType, shape: number[], data: Uint8Array) {
  return parseSafetensors(file({ x: { dtype, shape, data_offsets: [0, data.length] } }, data), 'f').tensors.get('x')!;
}

function refusal(bytes: Uint8Array): string {
  try {
    parseSafetensors(bytes, 'f');
  } catch (error) {
    if (AdapterFusionError.is(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('writeSafetensors', () => {
  it('is read back with names, shapes, values and metadata', () => {
    const { tensors, metadata } = parseSafetensors(writeSafetensors(two, { step: '3' }), 'f');
    expect([...tensors.keys()]).toEqual(['a.ids', 'b']);
    expect(tensors.get('b')!.shape).toEqual([2, 3]);
    expect(toFloat32(tensors.get('b')!)).toEqual(two[0]!.data);
    expect(toInt32(tensors.get('a.ids')!)).toEqual(two[1]!.data);
    expect(metadata).toEqual({ format: 'pt', step: '3' });
  });

  it('gives the same bytes in whatever order tensors come, the data aligned to 8', () => {
    const bytes = writeSafetensors(two);
    expect(writeSafetensors([...two].reverse())).toEqual(bytes);
    expect(new DataView(bytes.buffer).getBigUint64(0, true) % 8n).toBe(0n);
    const header = new TextDecoder().decode(bytes.subarray(8, bytes.length - 32));
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"format":"pt"},"a.ids":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},' +
        '"b":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]}}',
    );
  });

  it('writes scalars, empty tensors and no tensor at all', () => {
    const scalars = [
      { name: 'empty', shape: [0, 4], data: new Float32Array(0) },
      { name: 's', shape: [], data: Float32Array.of(2) },
    ];
    const { tensors } = parseSafetensors(writeSafetensors(scalars), 'f');
    expect(toFloat32(tensors.get('s')!)).toEqual(Float32Array.of(2));
    expect(toFloat32(tensors.get('empty')!).length).toBe(0);
    expect(parseSafetensors(writeSafetensors([]), 'f').tensors.size).toBe(0);
  });

  it('reads an empty tensor that shares its offset with another, and keys with escapes', () => {
    const empty = { dtype: 'F32', shape: [0], data_offsets: [0, 0] };
    const full = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const { tensors } = parseSafetensors(file({ 'a"\\': full, 'a"': empty }, new Uint8Array(4)), 'f');
    expect([...tensors.keys()]).toEqual(['a"', 'a"\\']);
  });

  it('refuses a name twice and data that does not fit', () => {
    expect(() => writeSafetensors([two[0]!, two[0]!])).toThrow(TypeError);
    expect(() => writeSafetensors([{ ...two[0]!, name: '__metadata__' }])).toThrow(TypeError);
    expect(() => writeSafetensors([{ ...two[0]!, shape: [2, 2] }])).toThrow('6 values do not fit the shape [2, 2]');
  });
});

describe('stored values', () => {
  it('widens F16, with subnormals, infinities and not-a-number', () => {
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x8000, 0x7bff, 0x7c00, 0xfc00, 0x7e00, 0x3555);
    const expected = [1, -2, 2 ** -24, -0, 65504, Infinity, -Infinity, NaN, 0.333251953125];
    expect([...toFloat32(one('F16', [9], new Uint8Array(bits.buffer)))]).toEqual(expected);
  });

  it('widens BF16 and rounds F64', () => {
    const bits = Uint16Array.of(0x3f80, 0xbfc0, 0x7f80);
    expect([...toFloat32(one('BF16', [3], new Uint8Array(bits.buffer)))]).toEqual([1, -1.5, Infinity]);
    const doubles = Float64Array.of(0.1, -3, Infinity);
    expect([...toFloat32(one('F64', [3], new Uint8Array(doubles.buffer)))]).toEqual([Math.fround(0.1), -3, Infinity]);
    const large = new Uint8Array(Float64Array.of(1e300).buffer);
    expect(() => toFloat32(one('F64', [1], large))).toThrow('expected values within float32; got 1e+300');
  });

  it('reads integers of every width and refuses those beyond 32 bits', () => {
    const longs = new Uint8Array(BigInt64Array.of(-2147483648n, 2147483647n).buffer);
    expect([...toInt32(one('I64', [2], longs))]).toEqual([-2147483648, 2147483647]);
    expect([...toInt32(one('I16', [2], new Uint8Array(Int16Array.of(-3, 4).buffer)))]).toEqual([-3, 4]);
    expect([...toInt32(one('I8', [2], Uint8Array.of(255, 1)))]).toEqual([-1, 1]);
    expect([...toInt32(one('U8', [1], Uint8Array.of(255)))]).toEqual([255]);
    expect([...toInt32(one('BOOL', [2], Uint8Array.of(1, 0)))]).toEqual([1, 0]);
    const beyond = new Uint8Array(BigInt64Array.of(2147483648n).buffer);
    expect(() => toInt32(one('I64', [1], beyond))).toThrow('2147483648 at position 0');
    expect(() => toInt32(one('F32', [1], new Uint8Array(4)))).toThrow('expected an integer tensor');
    expect(() => toFloat32(one('I32', [1], new Uint8Array(4)))).toThrow('expected a floating-point tensor');
  });

  it('is a view where it lies aligned and a copy where it does not', () => {
    const bytes = writeSafetensors([two[0]!]);
    const aligned = toFloat32(parseSafetensors(bytes, 'f').tensors.get('b')!);
    expect(aligned.buffer).toBe(bytes.buffer);
    for (let shift = 1; shift < 4; shift++) {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      expect(toFloat32(parseSafetensors(moved.subarray(shift), 'f').tensors.get('b')!)).toEqual(two[0]!.data);
    }
  });
});

describe('parseSafetensors refuses', () => {
  const f32 = (begin: number, end: number) => ({
    dtype: 'F32',
    shape: [(end - begin) / 4],
    data_offsets: [begin, end],
  });
  const entry = (change: object) => file({ x: { ...f32(0, 8), ...change } }, new Uint8Array(8));
  const cases: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'FILE_CORRUPT f: expected a safetensors file; got 0 bytes, fewer than 8'],
    [
      'a cut-off file',
      writeSafetensors(two).subarray(0, -1),
      'FILE_CORRUPT f: b: expected data_offsets in order within 31',
    ],
    [
      'bytes after the last tensor',
      file({ x: f32(0, 4) }, new Uint8Array(8)),
      'FILE_CORRUPT f: expected 4 bytes of tensors',
    ],
    ['a header larger than the file', file('{}').subarray(0, 9), 'FILE_CORRUPT f: expected a header of 2 bytes'],
    ['an enormous header', new Uint8Array(16).fill(255), 'FILE_CORRUPT f: expected a header of 18446744073709551615'],
    ['a header that is not JSON', file('{"x":'), 'got text that is not JSON'],
    ['a header that is not UTF-8', file('{}', []).fill(0xff, 8), 'got bytes that are not UTF-8'],
    ['a header that is a list', file('[]'), 'got JSON that is not an object'],
    ['deep nesting', file(`{"x":${'['.repeat(5000)}${']'.repeat(5000)}}`), 'nesting deeper than 100'],
    ['a name twice', file('{"x":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0078":{}}'), 'the key "x" twice'],
    ['an escaped name twice', file('{"a\\"":1,"a\\"":1}'), 'the key "a\\"" twice'],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), 'f: __metadata__: expected an object of texts'],
    ['an entry that is no object', file({ x: 3 }), 'FILE_CORRUPT f: x: expected a header entry'],
    ['an unknown type', entry({ dtype: 'F8_E4M3' }), 'TENSORS_INVALID f: x: expected an element type of F64, F32'],
    ['a type from the prototype', entry({ dtype: 'toString' }), 'TENSORS_INVALID f: x: expected an element type'],
    [
      'no shape',
      entry({ shape: undefined }),
      'TENSORS_INVALID f: x: expected a shape of whole numbers, 0 or more; got none',
    ],
    ['a negative shape', entry({ shape: [-2] }), 'TENSORS_INVALID f: x: expected a shape'],
    ['a fractional shape', entry({ shape: [0.5] }), 'TENSORS_INVALID f: x: expected a shape'],
    ['a huge shape', entry({ shape: [2 ** 40, 2 ** 40] }), 'TENSORS_INVALID f: x: expected 4.8'],
    [
      'a shape that does not fit',
      entry({ shape: [3] }),
      'TENSORS_INVALID f: x: expected 12 bytes for F32 [3]; got 8 bytes',
    ],
    ['no offsets', entry({ data_offsets: [0] }), 'FILE_CORRUPT f: x: expected data_offsets [begin, end]; got [0]'],
    ['offsets out of order', entry({ data_offsets: [8, 0] }), 'FILE_CORRUPT f: x: expected data_offsets in order'],
    [
      'offsets out of range',
      entry({ data_offsets: [0, 12] }),
      'FILE_CORRUPT f: x: expected data_offsets in order within 8',
    ],
    [
      'an overlap',
      file({ x: f32(0, 8), y: f32(4, 12) }, new Uint8Array(12)),
      'f: y: expected bytes from 8 on; got bytes 4',
    ],
    ['a gap', file({ x: f32(0, 4), y: f32(8, 12) }, new Uint8Array(12)), 'bytes 8 to 12, a gap'],
    ['a gap at the front', file({ x: f32(4, 8) }, new Uint8Array(8)), 'bytes 4 to 8, a gap'],
  ];
  it.each(cases)('%s', (_, bytes, expected) => expect(refusal(bytes)).toContain(expected));

  it('nothing else: random damage is refused by code or leaves a valid file', () => {
    let state = 12345;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const whole = writeSafetensors([...two, { name: 'c', shape: [], data: Float32Array.of(1) }], { note: 'ä' });
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 20_000; round++) {
      const bytes = whole.slice(0, random(4) === 0 ? random(whole.length) : whole.length);
      for (let flips = random(4); flips > 0; flips--) bytes[random(bytes.length)]! ^= 1 << random(8);
      const outcome = refusal(bytes).split(' ')[0]!;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect([...outcomes.keys()].sort()).toEqual(['FILE_CORRUPT', 'TENSORS_INVALID', 'accepted']);
  });
});

describe.skipIf(!existsSync(shared))('a real checkpoint (skipped where ../shared is absent)', () => {
  it('is read with its names, types and values', () => {
    const bytes = readFileSync(new URL('models/all-MiniLM-L6-v2/model.safetensors', shared));
    const { tensors, metadata } = parseSafetensors(bytes, 'model.safetensors');
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.size).toBe(104);
    expect([...toInt32(tensors.get('embeddings.position_ids')!)]).toEqual(Array.from({ length: 512 }, (_, i) => i));
    const norm = toFloat32(tensors.get('embeddings.LayerNorm.weight')!);
    expect(norm.length).toBe(384);
    expect(norm.every(Number.isFinite)).toBe(true);
  });
});

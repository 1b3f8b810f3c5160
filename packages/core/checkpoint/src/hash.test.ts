import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { fingerprint, sha256 } from './index.js';

const node = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

describe('sha256', () => {
  it('is that of other implementations, also of a view', async () => {
    const bytes = new TextEncoder().encode('xabcx').subarray(1, 4);
    expect(await sha256(bytes)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(await sha256(new Uint8Array(0))).toBe(node(''));
  });

  it('says what to do where there is no crypto.subtle', async () => {
    vi.stubGlobal('crypto', {});
    try {
      await expect(sha256(new Uint8Array(1))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('fingerprint', () => {
  const a = { path: 'a.weight', shape: [2, 1], data: Float32Array.of(1, -2) };
  const b = { path: 'B', shape: [], data: Float32Array.of(0.5) };

  it('is the hash of the documented lines, in any order', async () => {
    const data = (...values: number[]) => {
      const bytes = Buffer.alloc(4 * values.length);
      values.forEach((value, index) => bytes.writeFloatLE(value, 4 * index));
      return node(bytes);
    };
    const expected = node(`B  ${data(0.5)}\na.weight 2,1 ${data(1, -2)}\n`);
    expect(await fingerprint([a, b])).toBe(expected);
    expect(await fingerprint([b, a])).toBe(expected);
  });

  it('changes with a value, a shape and a path', async () => {
    const whole = await fingerprint([a, b]);
    expect(await fingerprint([{ ...a, data: Float32Array.of(1, -2.0000002) }, b])).not.toBe(whole);
    expect(await fingerprint([{ ...a, shape: [1, 2] }, b])).not.toBe(whole);
    expect(await fingerprint([{ ...a, path: 'a.bias' }, b])).not.toBe(whole);
    await expect(fingerprint([a, a])).rejects.toThrow(TypeError);
  });
});

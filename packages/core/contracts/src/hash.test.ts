import { describe, expect, it } from 'vitest';
import { hash32 } from './index.js';

describe('hash32', () => {
  it('is MurmurHash3 of the words: published vectors', () => {
    expect(hash32()).toBe(0);
    expect(hash32(0)).toBe(0x2362f9de);
    expect(hash32(0x87654321)).toBe(0xf55b516b);
  });
});

import { readFileSync } from 'node:fs';
import { compareProofs, prove, type Proof } from 'adapterfusion';
import { openBackend } from '@adapterfusion/tensor';
import { describe, expect, it } from 'vitest';
import { lackOfChromium } from './chromium.js';
import { parityTable, type ParityRow } from './parity-table.js';
import { useSite } from './site.spec.js';

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'parity in Chromium', () => {
  const site = useSite(['proof']);

  it('webgpu and wasm compute what plain JavaScript computes', async () => {
    await openBackend('cpu');
    const reference = await prove();
    for (const backend of ['webgpu', 'wasm']) {
      const { proof } = await site.run<{ proof: Proof }>('proof', { backend });
      expect(proof.backend.name).toBe(backend);
      const { differences, masks, clean, passed } = compareProofs(reference, proof);
      expect({ backend, masks, clean, passed, differences }).toMatchObject({ masks: true, clean: true, passed: true });
    }
  }, 600_000);
});

describe('docs/parity.md', () => {
  const docs = (name: string): string => readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');
  const rows = JSON.parse(docs('parity.json')) as ParityRow[];

  it('is the table of docs/parity.json', () => expect(docs('parity.md')).toBe(parityTable(rows)));

  it('says of every backend that we have that it passed', () => {
    const passed = rows.flatMap((row) => ('missing' in row || !row.passed ? [] : [row.name]));
    expect(passed).toEqual(expect.arrayContaining(['cpu', 'wasm', 'native', 'wasm in Chromium', 'webgpu in Chromium']));
    for (const row of rows)
      if (!('missing' in row) && row.golden) {
        expect(row.golden.outputs).toBeLessThan(1e-5);
        expect(Math.max(row.golden.gradients, row.golden.weights)).toBeLessThan(1e-4);
      }
  });
});

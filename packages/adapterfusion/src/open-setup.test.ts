import { openBackend, tensorCount } from '@adapterfusion/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { load, train } from './index.js';
import { tinyTask } from './memory.spec.js';

const files = tinyTask();
const common = { files, backend: 'wasm', model: 'encoder' } as const;
const MANIFEST = 'a/adapterfusion.json';
let manifest: { readonly backbone: { readonly fingerprint: string } };

beforeAll(async () => {
  await openBackend('wasm');
  const settings = { epochs: 1, batchSize: 8 };
  for await (const _event of train({ ...common, data: 'rows.tsv', out: 'a', name: 'a', settings }));
  manifest = JSON.parse(new TextDecoder().decode(files.held.get(MANIFEST))) as typeof manifest;
});

/** Loads the adapter as if it had been trained on another encoder. @returns the warnings */
async function warningsOn(backbone: { readonly fingerprint?: string | undefined; readonly derivedFrom?: string }) {
  files.set(MANIFEST, JSON.stringify({ ...manifest, backbone: { ...manifest.backbone, ...backbone } }));
  const warnings: string[] = [];
  const model = await load('a', { ...common, onWarning: (message) => warnings.push(message) });
  expect(await model.predict(['sun'])).toHaveLength(1);
  model.dispose();
  return warnings;
}

describe('an adapter', () => {
  it('is loaded onto its own encoder without a word', async () => {
    expect(await warningsOn({})).toEqual([]);
  });

  it('made on a copy at another precision is loaded onto the original with one warning', async () => {
    const derivedFrom = manifest.backbone.fingerprint;
    const before = tensorCount();
    expect(await warningsOn({ fingerprint: 'e'.repeat(64), derivedFrom })).toEqual([
      'a: it was made on "encoder" at another precision; its numbers are a little others here.',
    ]);
    expect(tensorCount()).toBe(before);
  });

  it('made on a copy of another encoder is refused', async () => {
    const stranger = { fingerprint: 'e'.repeat(64), derivedFrom: 'd'.repeat(64) };
    await expect(warningsOn(stranger)).rejects.toMatchObject({ code: 'BACKBONE_MISMATCH', at: MANIFEST });
  });

  it('without a fingerprint is compared by shapes, with one warning', async () => {
    expect(await warningsOn({ fingerprint: undefined })).toEqual([
      'a: without a fingerprint of its encoder (encoder); only shapes are compared.',
    ]);
  });
});

import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { firstPair, sharedPlaces } from './shared.js';

it('names what of the real data is missing, and where it belongs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-shared-'));
  try {
    mkdirSync(join(folder, 'models/all-MiniLM-L6-v2'), { recursive: true });
    expect(() => sharedPlaces(folder)).toThrow(/^\.\.\/shared: .*no golden\/minilm-rte\/fusion\. Put them there/);
    for (const place of ['golden/minilm-rte/fusion', 'data/RTE']) mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, 'golden/minilm-rte/texts.jsonl'), '{"text":"a","pair":"b"}\n{"text":"c","pair":"d"}\n');
    const places = sharedPlaces(folder);
    expect(places.data).toBe(`${folder}/data/RTE`);
    expect(await firstPair(places)).toEqual({ text: 'a', pair: 'b' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { describe, expect, it } from 'vitest';
import { lackOfChromium } from './chromium.js';
import type { Outcome } from './pages/operations.page.js';
import { useSite } from './site.spec.js';

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'operations in Chromium', () => {
  const site = useSite(['operations']);

  it.each(['webgpu', 'wasm'])(
    'every operation on %s',
    async (backend) => {
      const outcomes = await site.run<Outcome[]>('operations', backend);
      expect(outcomes.length).toBeGreaterThan(150);
      expect(outcomes.filter(({ failure }) => failure !== '')).toEqual([]);
    },
    600_000,
  );
});

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'operations in Chromium, in a page that may use threads', () => {
  const site = useSite(['operations'], true);

  it('every operation on wasm, on one thread', async () => {
    const outcomes = await site.run<Outcome[]>('operations', 'wasm');
    expect(outcomes.filter(({ failure }) => failure !== '')).toEqual([]);
  });
});

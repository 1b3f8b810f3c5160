import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPages, type Pages } from './build-pages.js';
import { lackOfChromium, launch } from './chromium.js';
import type { Outcome } from './pages/operations.page.js';
import { runPage } from './run-page.js';
import { serve, type Served } from './serve.js';

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'operations in Chromium', () => {
  let pages: Pages;
  let site: Served;
  let browser: Browser;
  beforeAll(async () => {
    pages = await buildPages(['operations']);
    site = await serve({ '/': pages.folder });
    browser = await launch(true);
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
    pages?.remove();
  });

  it.each(['webgpu', 'wasm'])(
    'every operation on %s',
    async (backend) => {
      const outcomes = await runPage<Outcome[]>(browser, `${site.url}operations.html`, backend);
      expect(outcomes.length).toBeGreaterThan(150);
      expect(outcomes.filter(({ failure }) => failure !== '')).toEqual([]);
    },
    600_000,
  );
});

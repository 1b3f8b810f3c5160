import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { buildPages, type Pages } from './build-pages.js';
import { launch } from './chromium.js';
import { runPage } from './run-page.js';
import { serve, type Served } from './serve.js';

/** Built pages, served, and browsers to open them in, for the tests of a file. */
export interface Site {
  /** Opens a page of its own, runs it, closes it. @param webgpu whether the browser has it */
  run<T>(name: string, input?: unknown, webgpu?: boolean): Promise<T>;
}

/**
 * Builds the pages before the tests and clears everything away afterwards.
 * @param isolated whether they are cross-origin isolated, in which WebAssembly might use threads
 */
export function useSite(names: readonly string[], isolated = false): Site {
  let pages: Pages;
  let served: Served;
  const browsers = new Map<boolean, Promise<Browser>>();
  const browserOf = (webgpu: boolean): Promise<Browser> => {
    const found = browsers.get(webgpu) ?? launch(webgpu);
    browsers.set(webgpu, found);
    return found;
  };
  beforeAll(async () => {
    pages = await buildPages(names);
    served = await serve({ '/': pages.folder }, isolated);
  });
  afterAll(async () => {
    for (const browser of browsers.values()) await (await browser).close();
    served?.close();
    pages?.remove();
  });
  return {
    run: async (name, input, webgpu = true) => runPage(await browserOf(webgpu), `${served.url}${name}.html`, input),
  };
}

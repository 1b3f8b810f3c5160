import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { buildPages, type Pages } from './build-pages.js';
import { launch } from './chromium.js';
import { openPage, runPage, type OpenPage } from './run-page.js';
import { serve, type Served } from './serve.js';

/** Built pages, served, and browsers to open them in, for the tests of a file. */
export interface Site {
  /** Opens a page of its own, runs it, closes it. @param webgpu whether the browser has it */
  run<T>(name: string, input?: unknown, webgpu?: boolean): Promise<T>;
  open(name: string): Promise<OpenPage>;
}

/** Builds the pages before the tests and clears everything away afterwards. */
export function useSite(names: readonly string[], mounts: Readonly<Record<string, string>> = {}): Site {
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
    served = await serve({ ...mounts, '/': pages.folder });
  });
  afterAll(async () => {
    for (const browser of browsers.values()) await (await browser).close();
    served?.close();
    pages?.remove();
  });
  return {
    run: async (name, input, webgpu = true) => runPage(await browserOf(webgpu), `${served.url}${name}.html`, input),
    open: async (name) => openPage(await browserOf(true), `${served.url}${name}.html`),
  };
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lackOfChromium, launch } from './chromium.js';
import { serve, type Served } from './serve.js';

/** Bytes after gzip that the page may fetch until it has trained on wasm, the encoder included. */
const BUDGET = 6_500_000;
const root = fileURLToPath(new URL('../../../../apps/playground/', import.meta.url));
const FEW = '+ good\n+ fine\n- bad\n- poor';

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'the playground in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-playground-'));
  let site: Served;
  let browser: Browser;
  beforeAll(async () => {
    const options = { outDir: folder, emptyOutDir: true, chunkSizeWarningLimit: 1e5 };
    await build({ root, logLevel: 'error', build: options });
    site = await serve({ '/': folder });
    browser = await launch(true);
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    site?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page. @returns it, and what it complains of */
  async function open(backend: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    page.setDefaultTimeout(600_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(`${site.url}index.html`);
    await page.selectOption('#backend', backend);
    return { page, complaints };
  }
  const status = (page: Page): Promise<string> => page.innerText('#status');
  const ended = (page: Page): Promise<unknown> => page.waitForSelector('#start:not([disabled])');

  it('trains two adapters on its sentences, fuses them, and answers', async () => {
    const { page, complaints } = await open('wasm');
    await page.click('#start');
    await ended(page);
    expect(complaints).toEqual([]);
    expect(await status(page)).toMatch(/^done in \d+ s, on wasm: WebAssembly SIMD$/);
    expect(await page.innerText('[data-stage=products] output')).toMatch(/^step 30 of 30, loss 0\.\d{3}$/);
    const fusion = await page.innerText('.methods .main');
    expect(Number(/(\d+) %/.exec(fusion)?.[1])).toBeGreaterThanOrEqual(70);
    await page.fill('#sentence', 'Broken and useless.');
    await page.click('#ask');
    await page.waitForSelector('.score.best >> text=unkind');
    const weights = (await page.locator('.heat td').allInnerTexts()).map(Number);
    expect(weights).toHaveLength(8);
    for (let row = 0; row < 4; row++) expect(weights[2 * row]! + weights[2 * row + 1]!).toBeCloseTo(1, 1);
    const ground = (selector: string): Promise<string> =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).backgroundColor);
    const light = await ground('body');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect([light, await ground('body')]).toEqual(['rgb(251, 250, 247)', 'rgb(21, 23, 26)']);
    expect(await ground('.heat td')).not.toBe(await ground('.methods td'));
    const total = [...site.sent.keys()].reduce(
      (sum, path) => sum + gzipSync(readFileSync(join(folder, path))).length,
      0,
    );
    console.log(`the playground on wasm: ${(total / 1e6).toFixed(2)} MB after gzip, encoder included`);
    expect(total).toBeLessThan(BUDGET);
    await page.close();
  }, 600_000);

  it('trains on webgpu too, from other sentences', async () => {
    const { page, complaints } = await open('webgpu');
    for (const id of ['films', 'restaurants', 'products']) await page.fill(`#${id}`, FEW);
    await page.click('#start');
    // All steps would take minutes on a GPU in software.
    await page.waitForSelector('[data-stage=films] output >> text=/^step [3-9] of 15, loss 0/');
    expect(await status(page)).toMatch(/^training on webgpu: /);
    await page.click('#stop');
    await ended(page);
    expect([await status(page), complaints]).toEqual(['stopped', []]);
    await page.close();
  }, 600_000);

  it('names the line that it cannot use, and stops when it is told to', async () => {
    const { page, complaints } = await open('wasm');
    await page.fill('#restaurants', `${FEW}\nno sign`);
    await page.click('#start');
    await ended(page);
    expect(await status(page)).toBe('restaurants, line 5: expected "+ a sentence" or "- a sentence"; got "no sign".');
    await page.fill('#restaurants', FEW);
    await page.click('#start');
    await page.waitForSelector('[data-stage=films] output:not(:empty)');
    await page.click('#stop');
    await ended(page);
    expect(await status(page)).toBe('stopped');
    expect(complaints).toEqual([]);
    await page.close();
  }, 300_000);
});

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// eslint-disable-next-line @nx/enforce-module-boundaries -- a task in files, as the tests of the API have it
import { tinyTask } from '../../../adapterfusion/src/memory.spec.js';
import { bundleOwnCode, bundleWithVite, bundleWithWebpack } from './bundle-app.js';
import { lackOfChromium, launch } from './chromium.js';
import { runPage } from './run-page.js';
import { serve } from './serve.js';

/** Bytes after gzip that must not be exceeded. */
const BUDGET = { parts: 60_000, api: 130_000, transfer: { wasm: 610_000, webgpu: 500_000 } };

const README = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');

const gzipped = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length;
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

describe("this project's own code for a browser", () => {
  it.each([
    ['backbone, adapters, fusion, head, trainers, training and bundles', 'parts.js', BUDGET.parts],
    ['the API with all builtin plugins', 'main.js', BUDGET.api],
  ] as const)('%s', async (what, module, budget) => {
    const { code, imports } = await bundleOwnCode(module);
    console.log(`${what}: ${kilobytes(gzipped(code))} after gzip, ${kilobytes(code.length)} minified`);
    expect(gzipped(code)).toBeLessThan(budget);
    // The README states the size; it has to be written anew when that is no longer so.
    const [, stated] = (module === 'parts.js' ? /is ([\d.]+) kB after gzip/ : /([\d.]+) kB\nwith the whole API/).exec(
      README,
    )!;
    expect(Math.abs(gzipped(code) / 1000 - Number(stated)), `the README says ${stated} kB`).toBeLessThan(2);
    expect(code, 'operations that nothing uses').not.toMatch(
      /AfWhere|AfCumsum|AfTopK|AfExtreme|AfBatchMatMul|custom-ops/,
    );
    const known = [
      '@huggingface/tokenizers',
      '@tensorflow/tfjs',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-webgpu',
    ];
    expect(imports).toEqual(module === 'parts.js' ? known : expect.arrayContaining(known));
    expect(imports.filter((name) => name.startsWith('node:'))).toEqual([]);
  });
});

interface AppOutcome {
  readonly backend: string;
  readonly events: readonly string[];
  readonly label: string;
  readonly written: readonly string[];
}

describe.skipIf(lackOfChromium)(lackOfChromium ?? 'bundled without configuration, run in Chromium', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'adapterfusion-bundles-'));
  let browser: Browser;
  beforeAll(async () => {
    for (const [path, bytes] of tinyTask().held) {
      mkdirSync(dirname(join(scratch, 'files', path)), { recursive: true });
      writeFileSync(join(scratch, 'files', path), bytes);
    }
    browser = await launch(true);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it.each([
    ['Vite', bundleWithVite],
    ['webpack', bundleWithWebpack],
  ] as const)(
    '%s',
    async (name, bundle) => {
      const folder = join(scratch, name);
      const warnings = await bundle(folder);
      // Both warn of size; anything else would be of a module that a browser does not have.
      expect(warnings.filter((warning) => !/size|chunks are larger|runtimeChunk/.test(warning))).toEqual([]);
      for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
        if (file.endsWith('.js')) expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/["'`]node:/);
      for (const backend of ['wasm', 'webgpu'] as const) {
        const site = await serve({ '/files/': join(scratch, 'files'), '/': folder });
        const outcome = await runPage<AppOutcome>(browser, `${site.url}index.html`, backend);
        site.close();
        expect(outcome).toMatchObject({ backend, events: expect.arrayContaining(['step', 'evaluation', 'saved']) });
        expect(['weather', 'animal']).toContain(outcome.label);
        expect(outcome.written).toEqual(expect.arrayContaining(['a/adapterfusion.json', 'fused/adapterfusion.json']));
        const parts = [...site.sent.keys()].map((path) => {
          const root = path.startsWith('/files/') ? scratch : folder;
          return { path, size: gzipped(readFileSync(join(root, path === '/' ? 'index.html' : path))) };
        });
        const total = parts.reduce((sum, { path, size }) => sum + (path.startsWith('/files/') ? 0 : size), 0);
        const list = parts.map(({ path, size }) => `${path} ${kilobytes(size)}`).join(', ');
        console.log(`${name}, ${backend}: ${kilobytes(total)} after gzip without the model (${list})`);
        expect(total).toBeLessThan(BUDGET.transfer[backend]);
      }
    },
    600_000,
  );
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Built pages in a folder of their own. */
export interface Pages {
  readonly folder: string;
  remove(): void;
}

/**
 * Bundles pages (`pages/NAME.page.ts`) with Vite from the built packages. Each becomes `NAME.html`.
 */
export async function buildPages(names: readonly string[]): Promise<Pages> {
  const folder = mkdtempSync(join(tmpdir(), 'adapterfusion-pages-'));
  await build({
    configFile: false,
    logLevel: 'error',
    base: './',
    plugins: [
      {
        name: 'built-packages',
        enforce: 'pre',
        // The specification of core/tensor says `./index.js`: here that is the package as it was built.
        resolveId(source, importer) {
          const ofTensor = importer?.includes('/core/tensor/src/') && source === './index.js';
          return ofTensor ? this.resolve('@adapterfusion/tensor') : undefined;
        },
      },
    ],
    build: {
      outDir: folder,
      emptyOutDir: true,
      chunkSizeWarningLimit: 1e5,
      rolldownOptions: {
        input: Object.fromEntries(names.map((name) => [name, here(`../src/pages/${name}.page.ts`)])),
        output: { entryFileNames: '[name].js' },
      },
    },
  });
  for (const name of names)
    writeFileSync(join(folder, `${name}.html`), `<!doctype html><script type="module" src="./${name}.js"></script>\n`);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

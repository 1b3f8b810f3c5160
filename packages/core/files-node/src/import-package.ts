import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What an ES module that imports a package gets: the first of these conditions, in the order of the package's. */
const CONDITIONS = ['node', 'import', 'module-sync', 'default'];

/** Imports the package in a folder by what its package.json names as its main entry. */
export async function importPackage(folder: string): Promise<{ readonly [name: string]: unknown }> {
  const { exports, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports?: unknown;
    main?: string;
  };
  const entry = entryOf(exports) ?? main ?? 'index.js';
  const address = pathToFileURL(join(folder, entry)).href;
  return (await import(/* @vite-ignore */ address)) as { readonly [name: string]: unknown };
}

function entryOf(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (Array.isArray(exports)) return exports.map(entryOf).find((entry) => entry !== undefined);
  if (typeof exports !== 'object' || exports === null) return undefined;
  if ('.' in exports) return entryOf(exports['.']);
  for (const [condition, target] of Object.entries(exports))
    if (CONDITIONS.includes(condition)) {
      const entry = entryOf(target);
      if (entry !== undefined) return entry;
    }
  return undefined;
}

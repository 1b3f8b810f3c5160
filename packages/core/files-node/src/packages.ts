import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What npm takes for a package's name. */
const NAME = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i;

/**
 * The folder of an installed package, found as Node finds modules: in `node_modules` of the folder one works in and of its
 * parents, then in those of a module. What a package exports does not matter.
 * @param from name of the package whose dependency it is, found the same way
 * @param module URL of the module
 */
export function findPackage(name: string, from: string | undefined, module: string): string | undefined {
  const here = pathToFileURL(join(process.cwd(), 'package.json')).href;
  if (from === undefined) return below(here, name) ?? below(module, name);
  const parent = findPackage(from, undefined, module);
  // By its real path: a package may be linked, and its dependencies lie beside the real one.
  return parent === undefined ? undefined : below(pathToFileURL(join(realpathSync(parent), 'x')).href, name);
}

function below(module: string, name: string): string | undefined {
  if (!NAME.test(name)) return undefined;
  const places = createRequire(module).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((folder) => existsSync(join(folder, 'package.json')));
}

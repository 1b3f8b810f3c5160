import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What npm takes for a package's name. */
const NAME = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i;

/**
 * The folder of an installed package, found as Node finds modules: in `node_modules` of the folder one works in and of its
 * parents, then in those of a module. What a package exports does not matter.
 * @param from folder or name of the package whose dependency it is, the name found the same way
 * @param module URL of the module
 */
export function findPackage(name: string, from: string | undefined, module: string): string | undefined {
  if (from === undefined)
    return searchPaths(module)
      .map((place) => packageIn(place, name))
      .find(Boolean);
  const parent = isFolder(from) ? from : findPackage(from, undefined, module);
  if (parent === undefined) return undefined;
  // By its real path: a package may be linked, and its dependencies lie beside the real one.
  return placesAbove(realpathSync(parent))
    .map((place) => packageIn(place, name))
    .find(Boolean);
}

/**
 * Names of the packages that {@link findPackage} finds and whose package.json has a key, sorted. Reads files and runs nothing.
 * @param module URL of the module
 */
export function packagesWith(key: string, module: string): string[] {
  const found = new Map<string, boolean>();
  for (const place of searchPaths(module))
    for (const name of namesIn(place)) if (!found.has(name)) found.set(name, declares(join(place, name), key));
  return [...found].flatMap(([name, wanted]) => (wanted ? [name] : [])).sort();
}

function isFolder(from: string): boolean {
  return (isAbsolute(from) || !NAME.test(from)) && existsSync(from);
}

function packageIn(place: string, name: string): string | undefined {
  const folder = join(place, name);
  return NAME.test(name) && existsSync(join(folder, 'package.json')) ? folder : undefined;
}

/** The `node_modules` folders in which a program's packages are looked for. */
function searchPaths(module: string): string[] {
  return [...new Set([...placesAbove(process.cwd()), ...(createRequire(module).resolve.paths('x') ?? [])])];
}

function placesAbove(folder: string): string[] {
  return createRequire(pathToFileURL(join(resolve(folder), 'package.json'))).resolve.paths('x') ?? [];
}

function namesIn(place: string): string[] {
  const list = (folder: string): string[] => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  return list(place).flatMap((name) => {
    if (name.startsWith('@')) return list(join(place, name)).map((inner) => `${name}/${inner}`);
    return name.startsWith('.') ? [] : [name];
  });
}

function declares(folder: string, key: string): boolean {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    return text.includes(`"${key}"`) && Object.hasOwn(JSON.parse(text) as object, key);
  } catch {
    return false;
  }
}

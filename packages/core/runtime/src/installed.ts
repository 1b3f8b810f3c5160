import {
  AdapterFusionError,
  identityOf,
  SPEC,
  type AnyPlugin,
  type Files,
  type PluginKind,
} from '@adapterfusion/contracts';
import { isObject, readDeclaration, type PackageDeclaration } from './package-declaration.js';

/** A plugin that an installed package says it has: found without running the package. */
export interface DeclaredPlugin {
  readonly kind: PluginKind;
  readonly id: string;
  readonly packageName: string;
  /** Imports the package and gives the plugin. @throws SPEC_UNSUPPORTED, PLUGIN_INVALID, PLUGIN_FAILED, PACKAGE_DUPLICATE */
  import(): Promise<AnyPlugin>;
}

/** An installed package whose package.json has the key `adapterfusion`. */
export interface InstalledPackage extends Omit<PackageDeclaration, 'plugins'> {
  readonly plugins: readonly DeclaredPlugin[];
}

/**
 * Reads what the package in a folder says of itself; none of its code runs.
 * @returns undefined for one whose package.json does not speak of `adapterfusion`
 * @throws PLUGIN_INVALID for a declaration that is malformed; FILE_NOT_FOUND
 */
export async function readInstalled(files: Files, folder: string): Promise<InstalledPackage | undefined> {
  const found = await readDeclaration(files, folder);
  return (
    found && {
      ...found,
      plugins: found.plugins.map(({ export: exported, ...declared }) => ({
        ...declared,
        import: () => importPlugin(files, found, declared, exported),
      })),
    }
  );
}

/**
 * Everything installed that speaks of `adapterfusion`, by name. Reads package.json files and runs nothing.
 * @param onProblem told of packages whose declaration is malformed; they are left out
 */
export async function installedPackages(
  files: Files,
  onProblem: (error: AdapterFusionError) => void = () => {},
): Promise<InstalledPackage[]> {
  const found: InstalledPackage[] = [];
  for (const name of (await files.packages?.()) ?? []) {
    const folder = await files.packageFolder?.(name);
    if (folder === undefined) continue;
    try {
      const one = await readInstalled(files, folder);
      if (one) found.push(one);
    } catch (error) {
      if (!AdapterFusionError.is(error)) throw error;
      onProblem(error);
    }
  }
  return found;
}

async function importPlugin(
  files: Files,
  from: Pick<InstalledPackage, 'name' | 'folder' | 'spec'>,
  declared: Omit<DeclaredPlugin, 'import'>,
  exported: string,
): Promise<AnyPlugin> {
  const at = identityOf(declared);
  if (from.spec !== SPEC)
    throw new AdapterFusionError('SPEC_UNSUPPORTED', {
      at,
      expected: `a package of contract version ${SPEC}`,
      got: String(from.spec),
      fix: 'Install versions of the packages that belong together.',
    });
  let module: { readonly [name: string]: unknown };
  try {
    module = (await files.importPackage?.(from.folder)) ?? {};
  } catch (cause) {
    if (AdapterFusionError.is(cause)) throw cause;
    throw new AdapterFusionError('PLUGIN_FAILED', {
      at,
      expected: `the package ${from.name} to be imported`,
      got: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause),
      fix: 'Install it again, or report it to its author.',
      cause,
    });
  }
  const value = module[exported];
  const plugin = typeof value === 'function' && 'plugin' in value ? value.plugin : value;
  if (isPlugin(plugin) && plugin.kind === declared.kind && identityOf(plugin) === at) return plugin;
  throw new AdapterFusionError('PLUGIN_INVALID', {
    at,
    expected: `the export "${exported}" to be the ${declared.kind} that package.json declares`,
    got: isPlugin(plugin) ? `the ${plugin.kind} ${identityOf(plugin)}` : shown(value, Object.keys(module)),
    fix: 'Install another version of the package, or report it to its author.',
  });
}

function shown(value: unknown, exports: readonly string[]): string {
  return value === undefined ? `no such export; there are ${exports.join(', ') || 'none'}` : `a ${typeof value}`;
}

function isPlugin(value: unknown): value is AnyPlugin {
  if (!isObject(value)) return false;
  const { kind, id, packageName, spec, create, options } = value;
  const texts = [kind, id, packageName].every((text) => typeof text === 'string');
  return texts && spec !== undefined && [create, options].every((each) => typeof each === 'function');
}

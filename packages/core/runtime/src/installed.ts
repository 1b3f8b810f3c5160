import { parseJsonObject } from '@adapterfusion/checkpoint';
import {
  AdapterFusionError,
  identityOf,
  SPEC,
  type AnyPlugin,
  type Files,
  type PluginKind,
} from '@adapterfusion/contracts';

/** A plugin that an installed package says it has: found without running the package. */
export interface DeclaredPlugin {
  readonly kind: PluginKind;
  readonly id: string;
  readonly packageName: string;
  /** Imports the package and gives the plugin. @throws SPEC_UNSUPPORTED, PLUGIN_INVALID, PLUGIN_FAILED */
  import(): Promise<AnyPlugin>;
}

/** An installed package whose package.json has the key `adapterfusion`. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** The contract version that it is written for. */
  readonly spec: number;
  /** The folder of the bundle that it holds. */
  readonly bundle?: string;
  readonly plugins: readonly DeclaredPlugin[];
}

const KINDS: readonly string[] = [
  'backbone',
  'adapter',
  'fusion',
  'head',
  'trainer',
  'dataset',
] satisfies readonly PluginKind[];

/**
 * Reads what the package in a folder says of itself; none of its code runs.
 * @returns undefined for one whose package.json does not speak of `adapterfusion`
 * @throws PLUGIN_INVALID for a declaration that is malformed; FILE_NOT_FOUND
 */
export async function readInstalled(files: Files, folder: string): Promise<InstalledPackage | undefined> {
  const at = files.join(folder, 'package.json');
  const manifest = parseJsonObject(await files.read(at), 'PLUGIN_INVALID', at, 'a JSON object', 'Install it again.');
  const { name, version, adapterfusion: said } = manifest;
  if (said === undefined) return undefined;
  const require = (holds: boolean, what: string, expected: string, got: unknown): void => {
    if (!holds)
      throw new AdapterFusionError('PLUGIN_INVALID', {
        at: `${at}: ${what}`,
        expected,
        got: JSON.stringify(got) ?? 'none',
        fix: 'Install another version of the package, or report it to its author.',
      });
  };
  require(typeof name === 'string' && name !== '', 'name', "the package's name", name);
  require(typeof version === 'string' && version !== '', 'version', "the package's version", version);
  require(isObject(said), 'adapterfusion', 'an object', said);
  const { spec, bundle, plugins = [] } = said as { readonly [key: string]: unknown };
  require(Number.isSafeInteger(spec), 'adapterfusion.spec', 'a contract version, a whole number', spec);
  require(bundle === undefined ||
    isManifestPath(bundle), 'adapterfusion.bundle', '"./adapterfusion.json" or such a file in a folder below', bundle);
  require(Array.isArray(plugins), 'adapterfusion.plugins', 'a list', plugins);
  const found = { name: name as string, version: version as string, folder, spec: spec as number };
  return {
    ...found,
    ...(bundle === undefined ? {} : { bundle: files.join(folder, ...(bundle as string).split('/').slice(1, -1)) }),
    plugins: (plugins as unknown[]).map((each, index) => {
      const { kind, id, export: exported } = isObject(each) ? each : {};
      const whole = KINDS.includes(kind as string) && [id, exported].every((text) => typeof text === 'string');
      require(whole, `adapterfusion.plugins[${index}]`, `{ "kind": one of ${KINDS.join(', ')}, "id", "export" }`, each);
      const declared = { kind: kind as PluginKind, id: id as string, packageName: found.name };
      return { ...declared, import: () => importPlugin(files, found, declared, exported as string) };
    }),
  };
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

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A path of a manifest within the package. */
function isManifestPath(value: unknown): boolean {
  const parts = typeof value === 'string' ? value.split('/') : [];
  return (
    parts[0] === '.' &&
    parts.at(-1) === 'adapterfusion.json' &&
    parts.slice(1).every((part) => /^[\w@~-][\w.~-]*$/.test(part))
  );
}

import { parseJsonObject } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files, type PluginKind } from '@adapterfusion/contracts';

/** A plugin as a package.json declares it. */
interface PluginDeclaration {
  readonly kind: PluginKind;
  readonly id: string;
  readonly packageName: string;
  /** Name of the export that is the plugin. */
  readonly export: string;
}

/** What a package.json with the key `adapterfusion` says. */
export interface PackageDeclaration {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  /** The contract version that it is written for. */
  readonly spec: number;
  /** The folder of the bundle that it holds. */
  readonly bundle?: string;
  readonly plugins: readonly PluginDeclaration[];
}

const KINDS: readonly string[] = [
  'backbone',
  'adapter',
  'fusion',
  'head',
  'trainer',
  'dataset',
  'task',
] satisfies readonly PluginKind[];

/**
 * Reads what the package in a folder says of itself; none of its code runs.
 * @returns undefined for one whose package.json does not speak of `adapterfusion`
 * @throws PLUGIN_INVALID for a declaration that is malformed; FILE_NOT_FOUND
 */
export async function readDeclaration(files: Files, folder: string): Promise<PackageDeclaration | undefined> {
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
      return { kind: kind as PluginKind, id: id as string, packageName: found.name, export: exported as string };
    }),
  };
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
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

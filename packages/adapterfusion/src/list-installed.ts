import {
  MANIFEST_FILE,
  parseManifest,
  type BackboneRecord,
  type BundleKind,
  type PluginRecord,
} from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files, type PluginKind } from '@adapterfusion/contracts';
import { installedPackages, verifyBundle, type Registry } from '@adapterfusion/runtime';
import { registryOf } from './builtin-plugins.js';
import type { CommonOptions } from './options.js';
import { folderOf } from './places.js';
import { filesOf } from './platform.js';

/** An adapter in an installed bundle. */
export interface InstalledAdapter {
  readonly name: string;
  /** `package#id` of its method. */
  readonly plugin: string;
  /** The package that holds its values, where that is another one: `name@version`. */
  readonly from?: string;
  /** Names of the sites where it has values; none where they cannot be read. */
  readonly sites: readonly string[];
}

/** A bundle in an installed package. */
export interface InstalledBundle {
  readonly package: string;
  readonly version: string;
  readonly kind: BundleKind;
  readonly adapters: readonly InstalledAdapter[];
  readonly heads: readonly string[];
  readonly backbone: BackboneRecord;
  /** Whether the encoder that it names is there. */
  readonly encoderFound: boolean;
  /** Why it cannot be used: a file that was changed, a plugin that is missing. Absent: all hashes are right. */
  readonly problem?: AdapterFusionError;
}

/** The plugins of an installed package. */
export interface InstalledPlugins {
  readonly package: string;
  readonly version: string;
  readonly plugins: readonly { readonly kind: PluginKind; readonly id: string }[];
}

/** What npm installed for adapterfusion. */
export interface Installed {
  readonly bundles: readonly InstalledBundle[];
  readonly plugins: readonly InstalledPlugins[];
  /** Packages with adapters of one encoder, each of which shares a site with another of them. */
  readonly fusable: readonly { readonly backbone: BackboneRecord; readonly packages: readonly string[] }[];
  /** Packages whose declaration cannot be read. */
  readonly problems: readonly AdapterFusionError[];
}

/**
 * Lists the packages installed where the program works, or beside it: bundles, which encoder each needs, which adapters can
 * be fused, and plugins. Every file's hash is checked; no code of a package runs. What is wrong with one is told, not thrown.
 * @throws UNSUPPORTED on a platform without files of its own where none are handed over
 */
export async function listInstalled(options: Pick<CommonOptions, 'files' | 'registry'> = {}): Promise<Installed> {
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const problems: AdapterFusionError[] = [];
  const bundles: InstalledBundle[] = [];
  const plugins: InstalledPlugins[] = [];
  for (const found of await installedPackages(files, (problem) => problems.push(problem))) {
    const { name, version, bundle } = found;
    if (found.plugins.length > 0)
      plugins.push({ package: name, version, plugins: found.plugins.map(({ kind, id }) => ({ kind, id })) });
    if (bundle === undefined) continue;
    try {
      bundles.push({ package: name, version, ...(await describe(files, bundle, registry)) });
    } catch (error) {
      if (!AdapterFusionError.is(error)) throw error;
      problems.push(error);
    }
  }
  return { bundles, plugins, fusable: fusable(bundles), problems };
}

async function describe(
  files: Files,
  folder: string,
  registry: Registry,
): Promise<Omit<InstalledBundle, 'package' | 'version'>> {
  const at = files.join(folder, MANIFEST_FILE);
  const { kind, backbone, adapters, fusions, heads } = parseManifest(await files.read(at), at);
  const sites = new Map<string, readonly string[]>();
  const problem = await verifyBundle(files, folder).then(
    (setup) => {
      for (const [name, { values }] of setup.adapters) sites.set(name, sitesOf(values));
      for (const [group, records] of [
        ['adapter', adapters],
        ['fusion', fusions],
        ['head', heads],
      ] as const)
        for (const { plugin } of Object.values<PluginRecord>(records))
          if (!registry.has(group, plugin)) return missing(at, group, plugin);
      return undefined;
    },
    (error: unknown) => {
      if (AdapterFusionError.is(error)) return error;
      throw error;
    },
  );
  return {
    kind,
    adapters: Object.entries(adapters).map(([name, { plugin, source }]) => ({
      name,
      plugin,
      sites: sites.get(name) ?? [],
      ...(source?.carried === false ? { from: `${source.package}@${source.version}` } : {}),
    })),
    heads: Object.keys(heads),
    backbone,
    encoderFound: kind === 'model' || (await files.kind(await folderOf(backbone.id, files))) === 'folder',
    ...(problem ? { problem } : {}),
  };
}

function missing(at: string, kind: PluginKind, plugin: string): AdapterFusionError {
  return new AdapterFusionError('PLUGIN_MISSING', {
    at,
    expected: `the ${kind} ${plugin}`,
    got: 'no installed package that declares it',
    fix: `Install ${plugin.split('#')[0]}.`,
  });
}

/** The sites in the paths of values: `3/output_adapter/down.weight`. */
const sitesOf = (values: ReadonlyMap<string, unknown>): string[] => [
  ...new Set([...values.keys()].map((path) => path.split('/').slice(0, 2).join('/'))),
];

/** Bundles with adapters of their own, by encoder and by the sites they share. */
function fusable(bundles: readonly InstalledBundle[]): Installed['fusable'] {
  let groups: { key: string; backbone: BackboneRecord; packages: string[]; sites: string[] }[] = [];
  for (const { package: name, kind, backbone, problem, adapters } of bundles) {
    if (problem || adapters.length === 0 || !['adapter', 'model'].includes(kind)) continue;
    const { fingerprint, modelType, hidden, layers, id } = backbone;
    const key = fingerprint ?? [id, modelType, hidden, layers].join(' ');
    const own = adapters.flatMap(({ sites }) => sites);
    const met = groups.filter((group) => group.key === key && group.sites.some((site) => own.includes(site)));
    const joined = {
      key,
      backbone: met[0]?.backbone ?? backbone,
      packages: [...met.flatMap(({ packages }) => packages), name],
      sites: [...met.flatMap(({ sites }) => sites), ...own],
    };
    groups = [...groups.filter((group) => !met.includes(group)), joined];
  }
  return groups.map(({ backbone, packages }) => ({ backbone, packages: packages.sort() }));
}

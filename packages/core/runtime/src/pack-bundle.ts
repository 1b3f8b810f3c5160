import {
  checkPackageName,
  isScale,
  MANIFEST_FILE,
  parseSafetensors,
  type BackboneRecord,
  type SourceRecord,
} from '@adapterfusion/checkpoint';
import { AdapterFusionError, SPEC, type Files } from '@adapterfusion/contracts';
import { bundleFiles, readBundle } from './bundle.js';
import { card } from './card.js';
import { ENCODER_FILES, openEncoderFolder } from './encoder-folder.js';
import type { PackedEncoder } from './pack-encoder.js';
import type { Registry } from './registry.js';
import type { Setup, SetupPart } from './setup.js';

/** What {@link packBundle} makes a package of. */
export interface PackOptions {
  /** npm's name. */
  readonly name: string;
  readonly version: string;
  /** SPDX expression; left out of package.json by default. */
  readonly license?: string;
  readonly description?: string;
  /** Carry the adapters of other packages along instead of depending on these. Default false. */
  readonly selfContained?: boolean;
}

/** A package that can be published. */
export interface PackedBundle {
  /** By path in the package. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Packages of adapters that it depends on, with their exact versions. */
  readonly dependencies: { readonly [name: string]: string };
  /** Packages that its users need beside it, npm installs them: plugins, and the encoder where it is a package. */
  readonly peerDependencies: { readonly [name: string]: string };
}

const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/**
 * Makes of a bundle the folder of an npm package: its files, a card that says how to install it, and a package.json. An
 * adapter that came from a package becomes an exact dependency, with its hash in the manifest.
 * @throws NAME_INVALID for a name that npm refuses; OPTIONS_INVALID for a version that is none; UNSUPPORTED where it depends on
 * two versions of one package; what reading the bundle throws
 */
export async function packBundle(
  files: Files,
  folder: string,
  registry: Registry,
  options: PackOptions,
): Promise<PackedBundle> {
  const { name, version, license, selfContained = false } = options;
  checkPackageName(name);
  if (!VERSION.test(version))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'version',
      expected: 'a version of three numbers, as "1.0.0"',
      got: JSON.stringify(version),
      fix: 'Write one (--version).',
    });
  const setup = await readBundle(files, folder, registry);
  const encoder = setup.kind === 'model' ? await encoderOf(files, folder) : undefined;
  const carrying = ([local, part]: [string, SetupPart]): [string, SetupPart] => [
    local,
    part.source
      ? { ...part, source: { ...part.source, carried: selfContained || setup.compiled !== undefined } }
      : part,
  ];
  const packed = {
    ...setup,
    backbone: await named(setup.backbone as BackboneRecord, files),
    adapters: new Map([...setup.adapters].map(carrying)),
    metrics: setup.metrics.map((metric) => ({ ...metric, data: portable(metric.data) })),
    training: trainingOf(setup.training),
  };
  const readme = card(packed, encoder?.parameters, { name, version });
  const contents = await bundleFiles(packed, registry, readme, encoder);
  const sources = [...packed.adapters.values()].flatMap(({ source }) => (source && !source.carried ? [source] : []));
  const dependencies = exact(sources);
  const peerDependencies = inOrder([...pluginsOf(packed), ...(await encoderPackage(files, packed))]);
  const manifest = {
    name,
    version,
    description: options.description ?? `An AdapterFusion bundle of kind "${setup.kind}": ${setup.name}.`,
    keywords: ['adapterfusion', `adapterfusion-${setup.kind}`],
    ...(license === undefined ? {} : { license }),
    exports: Object.fromEntries([...contents.keys(), 'package.json'].map((file) => [`./${file}`, `./${file}`])),
    files: [...contents.keys()],
    ...(sources.length > 0 ? { dependencies } : {}),
    peerDependencies,
    adapterfusion: { spec: SPEC, bundle: `./${MANIFEST_FILE}` },
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  return {
    files: new Map([['package.json', new TextEncoder().encode(text)], ...contents]),
    dependencies,
    peerDependencies,
  };
}

/**
 * The versions of the packages that hold the adapters.
 * @throws UNSUPPORTED for two versions of one: npm puts one beside a package, and there is no other name to find it by
 */
function exact(sources: readonly SourceRecord[]): { [name: string]: string } {
  const versions = new Map<string, string>();
  for (const { package: name, version } of sources) {
    const other = versions.get(name) ?? version;
    if (other !== version)
      throw new AdapterFusionError('UNSUPPORTED', {
        at: name,
        expected: 'one version of every package that it takes adapters from',
        got: `${other} and ${version}`,
        fix: 'Carry the adapters along (--self-contained), or fuse again with one version.',
      });
    versions.set(name, version);
  }
  return Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * An encoder under a name that means something to others: of a path from where one works the last part. What reads like an
 * id on the hub is a path where there is such a folder and no revision.
 */
async function named({ id, tunedFrom, ...rest }: BackboneRecord, files: Files): Promise<BackboneRecord> {
  const nameOf = async (place: string): Promise<string> => {
    const folder = rest.revision === undefined && (await files.kind(place)) === 'folder';
    return folder ? lastOf(place) : portable(place);
  };
  const from = tunedFrom ? { tunedFrom: { ...tunedFrom, id: await nameOf(tunedFrom.id) } } : {};
  return { ...rest, id: await nameOf(id), ...from };
}

const lastOf = (path: string): string => path.split(/[/\\]/).findLast((part) => /[^.]/.test(part)) ?? path;

/** The last part of a path from the root of a machine or from where one works; any other name as it is. */
const portable = (name: string): string => (/^([/\\]|[A-Za-z]:|\.{1,2}[/\\])/.test(name) ? lastOf(name) : name);

/** How it was trained, the data named as {@link portable} says. */
function trainingOf(training: Setup['training']): Setup['training'] {
  const named = (record: Setup['training']): Setup['training'] =>
    typeof record['data'] === 'string' ? { ...record, data: portable(record['data']) } : record;
  const { tasks } = training;
  return { ...named(training), ...(Array.isArray(tasks) ? { tasks: (tasks as Setup['training'][]).map(named) } : {}) };
}

/** The packages of the plugins, with the ranges that the manifest has for them. */
function pluginsOf({ adapters, fusions, heads }: Setup): [string, string][] {
  return [adapters, fusions, heads].flatMap((parts) =>
    [...parts.values()].map(({ plugin, version }): [string, string] => [plugin.split('#')[0]!, version ?? '*']),
  );
}

/** The encoder where it is an installed package. */
async function encoderPackage(files: Files, { backbone, kind }: Setup): Promise<[string, string][]> {
  const id = kind === 'model' || backbone.id === undefined ? undefined : backbone.id;
  const folder = id === undefined ? undefined : await files.packageFolder?.(id);
  if (id === undefined || folder === undefined) return [];
  const text = new TextDecoder().decode(await files.read(files.join(folder, 'package.json')));
  return [[id, `^${(JSON.parse(text) as { version: string }).version}`]];
}

/** Ranges by package, sorted; a package with several must satisfy them all. */
function inOrder(entries: readonly (readonly [string, string])[]): { [name: string]: string } {
  const ranges = new Map<string, Set<string>>();
  for (const [name, range] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
    ranges.set(name, (ranges.get(name) ?? new Set()).add(range));
  return Object.fromEntries([...ranges].map(([name, all]) => [name, [...all].join(' ')]));
}

/** The encoder that a bundle carries, its files checked. */
async function encoderOf(files: Files, folder: string): Promise<PackedEncoder> {
  const source = await openEncoderFolder(files, folder);
  const found = new Map<string, Uint8Array>();
  for (const name of Object.values(ENCODER_FILES).flat())
    if (await source.has(name)) found.set(name, await source.read(name));
  const weights = found.get(ENCODER_FILES.weights)!;
  const { tensors } = parseSafetensors(weights, source.at(ENCODER_FILES.weights));
  const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
  return {
    files: found,
    fingerprint: source.record!.fingerprint!,
    parameters: [...tensors].reduce((sum, [name, { shape }]) => sum + (isScale(tensors, name) ? 0 : count(shape)), 0),
  };
}

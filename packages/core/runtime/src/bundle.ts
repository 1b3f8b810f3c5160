import {
  encodeManifest,
  fileRecord,
  MANIFEST_FILE,
  parseManifest,
  parseSafetensors,
  toFloat32,
  verifyFile,
  writeSafetensors,
  type AdapterRecord,
  type BackboneRecord,
  type Manifest,
  type PluginRecord,
} from '@adapterfusion/checkpoint';
import { identityOf, SPEC, type Files } from '@adapterfusion/contracts';
import { checkComposition, type Values } from '@adapterfusion/model';
import { readReferenced } from './adapter-source.js';
import { GROUPS, readManifest, type Group } from './bundle-manifest.js';
import { checkPlace } from './bundle-place.js';
import { checkBackbone } from './check-backbone.js';
import { isEncoderFile } from './encoder-folder.js';
import type { PackedEncoder } from './pack-encoder.js';
import type { Registry } from './registry.js';
import type { HeadPart, Setup, SetupPart } from './setup.js';

const WEIGHTS = 'weights.safetensors';

/**
 * Reads a bundle, and from their packages the adapters that it only names. Checked in order, each with its own code:
 * contract version, plugins present, their versions, options, encoder, hashes, adapters of other packages; names and shapes
 * of tensors when the set-up is put on a model. What is not needed is not read: not the card, and not the files of an
 * encoder that the bundle carries, which `loadEncoder` reads and checks.
 * @param encoder the encoder it will stand on; not compared when absent
 * @throws FILE_NOT_FOUND, SPEC_UNSUPPORTED, BUNDLE_INVALID, PLUGIN_MISSING, PLUGIN_VERSION, OPTIONS_INVALID,
 * BACKBONE_MISMATCH, HASH_MISMATCH, FILE_CORRUPT; ADAPTER_CHANGED for an adapter whose package holds another one now
 */
export async function readBundle(
  files: Files,
  folder: string,
  registry: Registry,
  encoder?: BackboneRecord,
): Promise<Setup> {
  const own = await readOwn(files, folder, registry, encoder);
  return withReferenced(files, folder, own, (place) => readOwn(files, place, registry));
}

/**
 * Checks an installed bundle without its plugins, of which no code runs: structure, composition, the hash of every file, and
 * of the adapters that it names of other packages.
 * @returns what it holds
 * @throws as {@link readBundle}, but for what is about plugins and the encoder
 */
export async function verifyBundle(files: Files, folder: string): Promise<Setup> {
  const parse = async (place: string): Promise<Manifest> => {
    const at = files.join(place, MANIFEST_FILE);
    return parseManifest(await files.read(at), at);
  };
  const read = async (place: string): Promise<Setup> => readParts(files, place, await parse(place));
  const manifest = await parse(folder);
  const others = Object.keys(manifest.files).filter((name) => !holdsParts(manifest, name));
  for (const name of others) await verifyFile(manifest, name, await files.read(files.join(folder, name)));
  return withReferenced(files, folder, await readParts(files, folder, manifest), read);
}

/** A bundle with the values of the adapters that it only names. */
async function withReferenced(
  files: Files,
  folder: string,
  own: Setup,
  read: (folder: string) => Promise<Setup>,
): Promise<Setup> {
  const adapters = new Map(own.adapters);
  for (const [name, part] of own.adapters)
    if (part.source?.carried === false)
      adapters.set(name, { ...part, values: await readReferenced(files, folder, name, part.source, read) });
  return { ...own, adapters };
}

/** A bundle without what it names of other packages: those adapters have no values. */
async function readOwn(files: Files, folder: string, registry: Registry, encoder?: BackboneRecord): Promise<Setup> {
  const manifest = await readManifest(files, folder, registry);
  if (encoder) checkBackbone(manifest.backbone, encoder, files.join(folder, MANIFEST_FILE));
  return readParts(files, folder, manifest);
}

/** The parts of a bundle whose manifest was read: composition, hashes. */
async function readParts(files: Files, folder: string, manifest: Manifest): Promise<Setup> {
  const at = files.join(folder, MANIFEST_FILE);
  const composition =
    manifest.composition === null ? null : checkComposition(manifest.composition, `${at}: composition`);
  const values = await readValues(files, folder, manifest);
  const parts = <R extends PluginRecord>(
    group: Group,
    records: { readonly [name: string]: R },
  ): Map<string, R & SetupPart> =>
    new Map(
      Object.entries(records).map(([name, record]) => [
        name,
        { ...record, values: below(values, `${group}/${name}/`) },
      ]),
    );
  return {
    kind: manifest.kind,
    name: manifest.name,
    composition,
    adapters: new Map(
      [...parts('adapters', manifest.adapters)].map(([name, part]) => [
        name,
        manifest.compiled ? { ...part, folded: true } : part,
      ]),
    ),
    fusions: parts('fusions', manifest.fusions),
    heads: parts('heads', manifest.heads),
    backbone: manifest.backbone,
    metrics: manifest.metrics,
    ...(manifest.compiled ? { compiled: manifest.compiled } : {}),
    training: manifest.training,
  };
}

/** What {@link writeBundle} takes beside the set-up. */
export interface WriteOptions {
  /** Take the place of a bundle that is there. Default false. */
  readonly replace?: boolean;
  /** The encoder, for a bundle of kind `model`. */
  readonly encoder?: PackedEncoder;
}

/**
 * Writes a set-up as a bundle: manifest, weights, card, and the encoder where it carries one. The folder is there whole
 * or not at all.
 * @throws FILE_EXISTS when the place is taken and `replace` is not set; FILE_WRITE_FAILED
 */
export async function writeBundle(
  files: Files,
  folder: string,
  setup: Setup & { readonly backbone: BackboneRecord },
  registry: Registry,
  { replace = false, encoder }: WriteOptions = {},
): Promise<void> {
  await checkPlace(files, folder, replace);
  // Imported here, since a page that writes no bundle needs no card.
  const { card } = await import('./card.js');
  await files.writeFolder(folder, await bundleFiles(setup, registry, card(setup, encoder?.parameters), encoder), {
    replace,
  });
}

/**
 * The files of a bundle, the manifest first.
 * @param readme its card
 */
export async function bundleFiles(
  setup: Setup & { readonly backbone: BackboneRecord },
  registry: Registry,
  readme: string,
  encoder?: PackedEncoder,
): Promise<Map<string, Uint8Array>> {
  const tensors = (Object.keys(GROUPS) as Group[]).flatMap((group) =>
    [...setup[group]].flatMap(([name, { source, values }]) =>
      source?.carried === false
        ? []
        : [...values].map(([path, { shape, data }]) => ({ name: `${group}/${name}/${path}`, shape, data })),
    ),
  );
  const record = (group: Group, part: SetupPart): AdapterRecord => ({
    plugin: part.plugin,
    version: part.version ?? `^${registry.get(GROUPS[group], part.plugin).packageVersion}`,
    options: part.options,
    ...(part.source ? { source: part.source } : {}),
  });
  const taskRecord = ({ plugin, options }: HeadPart['task']): PluginRecord => {
    const task = registry.get('task', plugin);
    return { plugin: identityOf(task), version: `^${task.packageVersion}`, options };
  };
  const contents = new Map([
    ...(encoder?.files ?? []),
    [WEIGHTS, writeSafetensors(tensors)] as const,
    ['README.md', new TextEncoder().encode(readme)] as const,
  ]);
  const records: Manifest['files'][string][] = [];
  for (const bytes of contents.values()) records.push(await fileRecord(bytes));
  const manifest: Manifest = {
    spec: SPEC,
    kind: setup.kind,
    name: setup.name,
    composition: setup.composition,
    adapters: Object.fromEntries([...setup.adapters].map(([name, part]) => [name, record('adapters', part)])),
    fusions: Object.fromEntries(
      [...setup.fusions].map(([name, part]) => [name, { ...record('fusions', part), children: part.children }]),
    ),
    heads: Object.fromEntries(
      [...setup.heads].map(([name, part]) => [
        name,
        { ...record('heads', part), labels: part.labels, task: taskRecord(part.task) },
      ]),
    ),
    metrics: setup.metrics,
    backbone: setup.backbone,
    ...(setup.compiled ? { compiled: setup.compiled } : {}),
    training: setup.training,
    files: Object.fromEntries([...contents.keys()].map((name, index) => [name, records[index]!])),
  };
  return new Map([[MANIFEST_FILE, encodeManifest(manifest)], ...contents]);
}

async function readValues(files: Files, folder: string, manifest: Manifest): Promise<Map<string, Values>> {
  const values = new Map<string, Values>();
  for (const name of Object.keys(manifest.files).filter((each) => holdsParts(manifest, each))) {
    const bytes = await files.read(files.join(folder, name));
    await verifyFile(manifest, name, bytes);
    const { tensors } = parseSafetensors(bytes, files.join(folder, name));
    for (const each of tensors.values()) values.set(each.name, { shape: each.shape, data: toFloat32(each) });
  }
  return values;
}

/** Whether a file has weights of adapters, fusions and heads: what reading a bundle needs. */
function holdsParts({ kind }: Manifest, name: string): boolean {
  return name.endsWith('.safetensors') && !(kind === 'model' && isEncoderFile(name));
}

function below(values: ReadonlyMap<string, Values>, prefix: string): Map<string, Values> {
  return new Map(
    [...values].flatMap(([path, each]) => (path.startsWith(prefix) ? [[path.slice(prefix.length), each]] : [])),
  );
}

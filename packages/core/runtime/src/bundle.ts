import {
  encodeManifest,
  fileRecord,
  MANIFEST_FILE,
  parseManifest,
  parseSafetensors,
  toFloat32,
  verifyFile,
  writeSafetensors,
  type BackboneRecord,
  type Manifest,
  type PluginRecord,
} from '@adapterfusion/checkpoint';
import { AdapterFusionError, SPEC, type Files } from '@adapterfusion/contracts';
import { checkComposition, type Values } from '@adapterfusion/model';
import { card } from './card.js';
import type { Registry } from './registry.js';
import type { Setup, SetupPart } from './setup.js';
import { admits } from './version.js';

const WEIGHTS = 'weights.safetensors';
const GROUPS = ['adapters', 'fusions', 'heads'] as const;
const KINDS = { adapters: 'adapter', fusions: 'fusion', heads: 'head' } as const;

/** True where a folder is a bundle. */
export async function isBundle(files: Files, folder: string): Promise<boolean> {
  return (await files.kind(files.join(folder, MANIFEST_FILE))) === 'file';
}

/**
 * Reads a bundle. Checked in order, each with its own code: contract version, plugins present, their versions, options,
 * encoder, hashes; names and shapes of tensors when the set-up is put on a model.
 * @param encoder the encoder it will stand on; not compared when absent
 * @throws FILE_NOT_FOUND, SPEC_UNSUPPORTED, BUNDLE_INVALID, PLUGIN_MISSING, PLUGIN_VERSION, OPTIONS_INVALID,
 * BACKBONE_MISMATCH, HASH_MISMATCH, FILE_CORRUPT
 */
export async function readBundle(
  files: Files,
  folder: string,
  registry: Registry,
  encoder?: BackboneRecord,
): Promise<Setup> {
  const at = files.join(folder, MANIFEST_FILE);
  if ((await files.kind(folder)) !== undefined && !(await isBundle(files, folder)))
    throw new AdapterFusionError('BUNDLE_INVALID', {
      at: folder,
      expected: `a bundle, a folder with ${MANIFEST_FILE}`,
      got: 'none there',
      fix: 'Name a bundle that "train", "fuse" or "import" wrote.',
    });
  const manifest = parseManifest(await files.read(at), at);
  for (const group of GROUPS)
    for (const [name, record] of Object.entries(manifest[group]))
      checkPlugin(registry, KINDS[group], record, `${at}: ${group}.${name}`);
  if (encoder) checkBackbone(manifest.backbone, encoder, at);
  const composition =
    manifest.composition === null ? null : checkComposition(manifest.composition, `${at}: composition`);
  const values = await readValues(files, folder, manifest);
  const parts = <R extends PluginRecord>(
    group: (typeof GROUPS)[number],
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
    adapters: parts('adapters', manifest.adapters),
    fusions: parts('fusions', manifest.fusions),
    heads: parts('heads', manifest.heads),
    backbone: manifest.backbone,
    metrics: manifest.metrics,
    training: manifest.training,
  };
}

/**
 * Checks, before any work is done, that a bundle may be written somewhere.
 * @param overwrite whether a bundle that is there may be replaced; nothing else ever is
 * @throws FILE_EXISTS
 */
export async function checkPlace(files: Files, folder: string, overwrite: boolean): Promise<void> {
  if ((await files.kind(folder)) === undefined) return;
  const bundle = await isBundle(files, folder);
  if (bundle && overwrite) return;
  throw new AdapterFusionError('FILE_EXISTS', {
    at: folder,
    expected: overwrite ? 'a free place or a bundle to replace' : 'a free place for the bundle',
    got: bundle ? 'a bundle' : 'something that is no bundle',
    fix: bundle ? 'Choose another place, or replace it with --overwrite.' : 'Choose another place.',
  });
}

/**
 * Writes a set-up as a bundle: manifest, weights, card. The folder is there whole or not at all.
 * @throws FILE_EXISTS when the place is taken and `replace` is not set; FILE_WRITE_FAILED
 */
export async function writeBundle(
  files: Files,
  folder: string,
  setup: Setup & { readonly backbone: BackboneRecord },
  registry: Registry,
  options: { replace?: boolean } = {},
): Promise<void> {
  await checkPlace(files, folder, options.replace ?? false);
  const tensors = GROUPS.flatMap((group) =>
    [...setup[group]].flatMap(([name, part]) =>
      [...part.values].map(([path, { shape, data }]) => ({ name: `${group}/${name}/${path}`, shape, data })),
    ),
  );
  const weights = writeSafetensors(tensors);
  const record = (group: (typeof GROUPS)[number], part: SetupPart): PluginRecord => ({
    plugin: part.plugin,
    version: part.version ?? `^${registry.get(KINDS[group], part.plugin).packageVersion}`,
    options: part.options,
  });
  const readme = new TextEncoder().encode(card(setup));
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
        { ...record('heads', part), labels: part.labels, task: 'classification' },
      ]),
    ),
    metrics: setup.metrics,
    backbone: setup.backbone,
    training: setup.training,
    files: { [WEIGHTS]: await fileRecord(weights), 'README.md': await fileRecord(readme) },
  };
  await files.writeFolder(
    folder,
    new Map([
      [MANIFEST_FILE, encodeManifest(manifest)],
      [WEIGHTS, weights],
      ['README.md', readme],
    ]),
    options,
  );
}

function checkPlugin(registry: Registry, kind: 'adapter' | 'fusion' | 'head', record: PluginRecord, at: string): void {
  const plugin = registry.get(kind, record.plugin);
  if (!admits(record.version, plugin.packageVersion))
    throw new AdapterFusionError('PLUGIN_VERSION', {
      at,
      expected: `${plugin.packageName} ${record.version}`,
      got: plugin.packageVersion,
      fix: `Install ${plugin.packageName}@"${record.version}".`,
    });
  plugin.options(record.options);
}

/**
 * Compares the encoder that a bundle names with the one at hand.
 * @throws BACKBONE_MISMATCH for another fingerprint, architecture or size
 */
export function checkBackbone(wanted: Partial<BackboneRecord>, encoder: BackboneRecord, at: string): void {
  const differs = (['modelType', 'hidden', 'layers'] as const).filter(
    (key) => wanted[key] !== undefined && wanted[key] !== encoder[key],
  );
  const other =
    wanted.fingerprint !== undefined && ![encoder.fingerprint, encoder.derivedFrom].includes(wanted.fingerprint);
  if (differs.length === 0 && !other) return;
  const words = (record: Partial<BackboneRecord>): string =>
    `${record.id ?? 'an encoder'} (${record.modelType}, ${record.layers} × ${record.hidden}, fingerprint ${record.fingerprint?.slice(0, 12) ?? 'unknown'})`;
  throw new AdapterFusionError('BACKBONE_MISMATCH', {
    at,
    expected: words(wanted),
    got: words(encoder),
    fix: 'Name the encoder it was trained on with --model.',
  });
}

async function readValues(files: Files, folder: string, manifest: Manifest): Promise<Map<string, Values>> {
  const values = new Map<string, Values>();
  for (const name of Object.keys(manifest.files)) {
    const bytes = await files.read(files.join(folder, name));
    await verifyFile(manifest, name, bytes);
    if (!name.endsWith('.safetensors')) continue;
    const { tensors } = parseSafetensors(bytes, files.join(folder, name));
    for (const each of tensors.values()) values.set(each.name, { shape: each.shape, data: toFloat32(each) });
  }
  return values;
}

function below(values: ReadonlyMap<string, Values>, prefix: string): Map<string, Values> {
  return new Map(
    [...values].flatMap(([path, each]) => (path.startsWith(prefix) ? [[path.slice(prefix.length), each]] : [])),
  );
}

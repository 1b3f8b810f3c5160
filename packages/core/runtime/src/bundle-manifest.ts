import { MANIFEST_FILE, parseManifest, type Manifest, type PluginRecord } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { isBundle } from './bundle-place.js';
import { ENCODER_FILES } from './encoder-folder.js';
import type { Registry } from './registry.js';
import { admits } from './version.js';

/** The parts of a bundle, and the kind of plugin that makes each. */
export const GROUPS = { adapters: 'adapter', fusions: 'fusion', heads: 'head' } as const;
export type Group = keyof typeof GROUPS;

/**
 * Reads a bundle's manifest and checks, in this order: contract version, structure, plugins present, their versions,
 * options. Nothing else of the folder is read.
 * @throws FILE_NOT_FOUND, BUNDLE_INVALID, SPEC_UNSUPPORTED, PLUGIN_MISSING, PLUGIN_VERSION, OPTIONS_INVALID
 */
export async function readManifest(files: Files, folder: string, registry: Registry): Promise<Manifest> {
  const at = files.join(folder, MANIFEST_FILE);
  if ((await files.kind(folder)) !== undefined && !(await isBundle(files, folder)))
    throw new AdapterFusionError('BUNDLE_INVALID', {
      at: folder,
      expected: `a bundle, a folder with ${MANIFEST_FILE}`,
      got: 'none there',
      fix: 'Name a bundle that "train", "fuse" or "import" wrote.',
    });
  const manifest = parseManifest(await files.read(at), at);
  if (manifest.kind === 'model') checkEncoderFiles(manifest, at);
  for (const group of Object.keys(GROUPS) as Group[])
    for (const [name, record] of Object.entries<PluginRecord>(manifest[group]))
      await checkPlugin(registry, GROUPS[group], record, `${at}: ${group}.${name}`);
  for (const [name, { task }] of Object.entries(manifest.heads))
    await checkPlugin(registry, 'task', task, `${at}: heads.${name}.task`);
  return manifest;
}

function checkEncoderFiles({ files }: Manifest, at: string): void {
  const { weights, config, tokenizers } = ENCODER_FILES;
  const has = (name: string): boolean => Object.hasOwn(files, name);
  const missing: string[] = [config, weights].filter((name) => !has(name));
  if (!tokenizers.some(has)) missing.push(tokenizers[0]);
  if (missing.length === 0) return;
  throw new AdapterFusionError('BUNDLE_INVALID', {
    at: `${at}: files`,
    expected: `${missing.join(', ')} of its encoder`,
    got: Object.keys(files).join(', ') || 'none',
    fix: 'Save the bundle again.',
  });
}

/** Contract version, name, version, options, in this order; a package that only declared the plugin is imported. */
async function checkPlugin(
  registry: Registry,
  kind: 'adapter' | 'fusion' | 'head' | 'task',
  record: PluginRecord,
  at: string,
): Promise<void> {
  const { packageName, packageVersion } = await registry.provide(kind, record.plugin);
  if (!admits(record.version, packageVersion))
    throw new AdapterFusionError('PLUGIN_VERSION', {
      at,
      expected: `${packageName} ${record.version}`,
      got: packageVersion,
      fix: `Install ${packageName}@"${record.version}".`,
    });
  registry.configure(kind, record.plugin, record.options);
}

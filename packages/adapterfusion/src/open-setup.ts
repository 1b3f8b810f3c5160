import type { ImportedSetup } from '@adapterfusion/adapterhub';
import type { BackboneRecord } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { checkBackbone, isBundle, readBundle, type Encoder, type Registry, type Setup } from '@adapterfusion/runtime';
import { lastOf } from './names.js';
import type { CommonOptions } from './options.js';

/** What {@link openSetup} needs beside the folder. */
export interface OpenSetupOptions extends Pick<CommonOptions, 'onWarning'> {
  readonly files: Files;
  readonly registry: Registry;
  /** The encoder it will stand on. */
  readonly encoder: Encoder['record'];
  /** Accept an import that names another encoder. */
  readonly backboneUnverified?: boolean;
}

/**
 * Reads a bundle, or what the Python library `adapters` saved, as it is.
 * @throws as `readBundle`; FILE_NOT_FOUND; BACKBONE_UNVERIFIED for an import that names another encoder; UNSUPPORTED
 */
export async function openSetup(folder: string, options: OpenSetupOptions): Promise<Setup> {
  const { files, registry, encoder } = options;
  const kind = await files.kind(folder);
  if (kind === undefined)
    throw new AdapterFusionError('FILE_NOT_FOUND', {
      at: folder,
      expected: 'a bundle, or a folder that the Python library adapters saved',
      got: 'no such folder',
      fix: 'Check the path.',
    });
  if (kind === 'file' || (await isBundle(files, folder))) {
    const setup = await readBundle(files, folder, registry, encoder);
    if (setup.backbone.fingerprint === undefined) options.onWarning?.(unverified(folder, setup));
    else if (!checkBackbone(setup.backbone, encoder, folder)) options.onWarning?.(atOtherPrecision(folder, setup));
    return setup;
  }
  const setup = fromAdapterHub(await imported(files, folder), folder);
  for (const warning of setup.warnings) options.onWarning?.(warning);
  for (const { plugin } of setup.adapters.values()) await registry.provide('adapter', plugin);
  for (const { plugin, task } of setup.heads.values()) {
    await registry.provide('head', plugin);
    await registry.provide('task', task.plugin);
  }
  checkBackbone(setup.backbone, encoder, folder);
  const named = setup.backbone.id;
  if (named !== undefined && lastOf(named) !== lastOf(encoder.id) && !options.backboneUnverified)
    throw new AdapterFusionError('BACKBONE_UNVERIFIED', {
      at: folder,
      expected: `the encoder "${named}", which it names`,
      got: `"${encoder.id}"`,
      fix: 'Name that encoder with --model, or accept this one with --backbone-unverified.',
    });
  options.onWarning?.(unverified(folder, setup));
  return setup;
}

async function imported(files: Files, folder: string): Promise<ImportedSetup> {
  // Imported here, since few pages in a browser read such folders.
  const { readAdapterHub } = await import('@adapterfusion/adapterhub');
  try {
    return await readAdapterHub(files, folder);
  } catch (error) {
    if (!AdapterFusionError.is(error) || error.code !== 'FILE_NOT_FOUND' || error.at !== folder) throw error;
    throw new AdapterFusionError('BUNDLE_INVALID', {
      at: folder,
      expected: 'a bundle, a folder with adapterfusion.json, or one that the Python library adapters saved',
      got: (await files.list(folder)).slice(0, 8).join(', ') || 'an empty folder',
      fix: 'Name what "train", "fuse" or "import" wrote, or a set-up folder.',
      cause: error,
    });
  }
}

/** What a set-up says of its encoder, with what only the encoder itself knows; no fingerprint that it did not have. */
export function backboneOf({ backbone }: Setup, encoder: Encoder['record']): BackboneRecord {
  const { modelType, hidden, layers } = encoder;
  return { ...backbone, id: backbone.id ?? encoder.id, modelType, hidden, layers };
}

const unverified = (folder: string, setup: Setup): string =>
  `${folder}: without a fingerprint of its encoder (${setup.backbone.id ?? 'unnamed'}); only shapes are compared.`;

const atOtherPrecision = (folder: string, setup: Setup): string =>
  `${folder}: it was made on "${setup.backbone.id}" at another precision; its numbers are a little others here.`;

/** An import in the form that bundles have. */
function fromAdapterHub(imported: ImportedSetup, name: string): Setup & { readonly warnings: readonly string[] } {
  for (const [part, bad] of [
    ['adapter', imported.adapters],
    ['fusion', imported.fusions],
  ] as const)
    if (bad.some((each, index) => bad.findIndex((other) => other.name === each.name) !== index))
      throw new AdapterFusionError('NAME_INVALID', {
        at: name,
        expected: `a name of its own for every ${part}`,
        got: bad.map((each) => each.name).join(', '),
        fix: 'Rename one of them.',
      });
  const { modelName, modelType, hiddenSize } = imported;
  return {
    kind: imported.fusions.length > 0 ? 'fusion' : imported.adapters.length > 0 ? 'adapter' : 'head',
    name: lastOf(name),
    composition: imported.composition,
    adapters: new Map(imported.adapters.map((each) => [each.name, { ...each, values: each.tensors }])),
    fusions: new Map(imported.fusions.map((each) => [each.name, { ...each, values: each.tensors }])),
    heads: new Map(imported.heads.map((each) => [each.name, { ...each, values: each.tensors }])),
    backbone: { ...(modelName ? { id: modelName } : {}), ...(modelType ? { modelType } : {}), hidden: hiddenSize },
    metrics: [],
    training: { importedFrom: 'adapterhub' },
    warnings: imported.warnings,
  };
}

import {
  MANIFEST_FILE,
  parseJsonObject,
  parseManifest,
  verifyFile,
  type BackboneRecord,
} from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { isBundle } from './bundle-place.js';

/** How the files of an encoder are called, as on the hub. */
export const ENCODER_FILES = {
  weights: 'model.safetensors',
  config: 'config.json',
  /** The first of them that is there is read. */
  tokenizers: ['tokenizer.json', 'vocab.txt', 'vocab.json'],
  /** What `vocab.json` needs beside it. */
  merges: 'merges.txt',
  tokenizerConfig: 'tokenizer_config.json',
  /** How sentence-transformers pools tokens; few encoders have it. */
  pooling: '1_Pooling/config.json',
} as const;

/** True for a file that belongs to the encoder which a bundle carries. */
export function isEncoderFile(name: string): boolean {
  return Object.values(ENCODER_FILES)
    .flat()
    .includes(name as never);
}

/** A folder with an encoder in the hub's layout. The files of a bundle are checked against its manifest as they are read. */
export interface EncoderFolder {
  readonly folder: string;
  /** What the manifest says of the encoder; undefined for a folder that is no bundle. */
  readonly record: BackboneRecord | undefined;
  /** What was read so far but the weights, by name: what goes with them into a bundle. */
  readonly settings: ReadonlyMap<string, Uint8Array>;
  /** The path of a file. */
  at(name: string): string;
  has(name: string): Promise<boolean>;
  /** @throws FILE_NOT_FOUND; in a bundle also HASH_MISMATCH */
  read(name: string): Promise<Uint8Array>;
  /** @throws as `read`; FILE_CORRUPT for what is not a JSON object in UTF-8 */
  json(name: string): Promise<{ readonly [key: string]: unknown }>;
}

/** @throws BUNDLE_INVALID for a bundle that carries no encoder; SPEC_UNSUPPORTED, NAME_INVALID as `parseManifest` */
export async function openEncoderFolder(files: Files, folder: string): Promise<EncoderFolder> {
  const at = (name: string): string => files.join(folder, name);
  const place = at(MANIFEST_FILE);
  const manifest = (await isBundle(files, folder)) ? parseManifest(await files.read(place), place) : undefined;
  if (manifest && manifest.kind !== 'model')
    throw new AdapterFusionError('BUNDLE_INVALID', {
      at: folder,
      expected: 'an encoder, or a bundle of kind "model", which carries one',
      got: `a bundle of kind "${manifest.kind}"`,
      fix: `Name the encoder that it stands on ("${manifest.backbone.id}").`,
    });
  const settings = new Map<string, Uint8Array>();
  const read = async (name: string): Promise<Uint8Array> => {
    const bytes = await files.read(at(name));
    if (manifest) await verifyFile(manifest, name, bytes);
    if (name !== ENCODER_FILES.weights) settings.set(name, bytes);
    return bytes;
  };
  return {
    folder,
    record: manifest?.backbone,
    settings,
    at,
    has: async (name) => (manifest ? Object.hasOwn(manifest.files, name) : (await files.kind(at(name))) !== undefined),
    read,
    json: async (name) =>
      parseJsonObject(await read(name), 'FILE_CORRUPT', at(name), 'a JSON object', 'Fetch the file again.'),
  };
}

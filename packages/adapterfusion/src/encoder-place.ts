import type { BackboneRecord } from '@adapterfusion/checkpoint';
import type { Files } from '@adapterfusion/contracts';
import { encoderFromHub } from './from-hub.js';
import type { CommonOptions } from './options.js';
import { folderOf } from './places.js';

/** Where an encoder's files are. */
export interface EncoderPlace {
  readonly folder: string;
  /** What a bundle says of the encoder that was read there: under the name that was given, not the folder. */
  named(record: BackboneRecord): BackboneRecord;
}

/**
 * Finds an encoder: a folder, an installed npm package, or an id on the hub, fetched where the cache lacks it.
 * @throws what `encoderFromHub` throws
 */
export async function encoderPlace(place: string, files: Files, options: CommonOptions): Promise<EncoderPlace> {
  const here = await folderOf(place, files);
  const remote = (await files.kind(here)) === undefined ? await encoderFromHub(place, files, options) : undefined;
  if (remote) return { folder: remote.folder, named: (read) => ({ ...read, id: remote.id, revision: remote.commit }) };
  return { folder: here, named: (read) => (read.id === here ? { ...read, id: place } : read) };
}

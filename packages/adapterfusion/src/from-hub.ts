import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { parseHubReference, snapshot, type HubReference } from '@adapterfusion/hub';
import { ENCODER_FILES } from '@adapterfusion/runtime';
import type { CommonOptions } from './options.js';
import { hubOf } from './platform.js';

type Told = Pick<CommonOptions, 'onProgress' | 'onWarning' | 'signal'>;

/** A folder of the hub's cache. */
export interface HubFolder {
  readonly folder: string;
  readonly id: string;
  readonly commit: string;
}

const DATA = /\.(tsv|csv|jsonl|ndjson|json|txt|lst|parquet)(\.gz)?$/i;

/**
 * The encoder that `place` names on the hub, fetched where the cache lacks it.
 * @returns undefined where `place` reads like a path, or where this platform has no hub
 * @throws what `snapshot` throws; FILE_NOT_FOUND for a name without a slash that the hub does not give; UNSUPPORTED for a model
 * without safetensors
 */
export async function encoderFromHub(place: string, files: Files, told: Told): Promise<HubFolder | undefined> {
  const reference = parseHubReference(place);
  if (!reference || reference.type !== 'model') return undefined;
  try {
    return await fetched(reference, (names) => encoderFiles(names, reference), files, told);
  } catch (error) {
    // A name alone is a folder that is not there more often than one of the few models of that name.
    if (place.includes('/') || !AdapterFusionError.is(error) || !error.code.startsWith('HUB_')) throw error;
    throw new AdapterFusionError('FILE_NOT_FOUND', {
      at: place,
      expected: 'a folder, an installed npm package, or a model of the hub',
      got: `none here; ${error.code}: ${error.message.replace(/\.$/, '')}`,
      fix: 'Check the name.',
      cause: error,
    });
  }
}

/**
 * A place of data: `hub://datasets/org/name@revision/folder` as the folder in the cache, anything else as it is.
 * @throws OPTIONS_INVALID for another address of the hub; UNSUPPORTED where this platform has no hub; what `snapshot` throws
 */
export async function dataPlace(place: string, files: Files, told: Told): Promise<string> {
  if (!place.startsWith('hub://')) return place;
  const reference = parseHubReference(place);
  if (reference?.type !== 'dataset')
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'data',
      expected: 'hub://datasets/org/name, with @revision or a folder where they are wanted',
      got: JSON.stringify(place),
      fix: 'Write the address so.',
    });
  const folder = reference.folder.replace(/\/+$/, '');
  const inside = folder === '' ? '' : `${folder}/`;
  const choose = (names: readonly string[]): string[] => {
    const own = names.filter((name) => name.startsWith(inside) && DATA.test(name));
    if (own.length > 0) return own;
    throw new AdapterFusionError('HUB_NOT_FOUND', {
      at: place,
      expected: 'files of data (TSV, CSV, JSON, Parquet)',
      got: names.slice(0, 8).join(', ') || 'no files',
      fix: 'Name the folder that holds them, or another revision, such as @refs/convert/parquet.',
    });
  };
  const found = await fetched(reference, choose, files, told);
  if (found) return folder === '' ? found.folder : files.join(found.folder, folder);
  throw new AdapterFusionError('UNSUPPORTED', {
    at: place,
    expected: 'a platform that keeps files of the hub',
    got: 'one that does not',
    fix: 'Fetch the files, and name them; in a browser hand over withHub(files).',
  });
}

async function fetched(
  reference: HubReference,
  choose: (names: readonly string[]) => readonly string[],
  files: Files,
  { onProgress, ...told }: Told,
): Promise<HubFolder | undefined> {
  const settings = await hubOf(files);
  const keeps = settings?.files ?? files;
  if (!settings || !keeps.append || !keeps.rename) return undefined;
  const { folder, commit } = await snapshot(reference, choose, {
    ...settings,
    ...told,
    files: keeps,
    ...(onProgress ? { onProgress: ({ file: _, ...progress }) => onProgress({ stage: 'download', ...progress }) } : {}),
  });
  return { folder, id: reference.id, commit };
}

/** The files of an encoder. @throws UNSUPPORTED where one is missing that there has to be */
function encoderFiles(names: readonly string[], { id }: HubReference): string[] {
  const { weights, config, tokenizers, merges, tokenizerConfig, pooling } = ENCODER_FILES;
  if ([weights, config].every((name) => names.includes(name)) && tokenizers.some((name) => names.includes(name)))
    return [weights, config, ...tokenizers, merges, tokenizerConfig, pooling].filter((name) => names.includes(name));
  const pickled = names.includes('pytorch_model.bin');
  throw new AdapterFusionError('UNSUPPORTED', {
    at: id,
    expected: `${weights}, ${config} and one of ${tokenizers.join(', ')}`,
    got: names.filter((name) => !name.includes('/')).join(', ') || 'no files',
    fix: pickled
      ? 'Its weights are a pickle: save them again in Python with save_pretrained, or use a revision such as @refs/pr/1 that has safetensors.'
      : 'Choose an encoder whose weights are one file of safetensors.',
  });
}

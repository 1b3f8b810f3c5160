import { parseJsonObject, sha256 } from '@adapterfusion/checkpoint';
import { identityOf, type Split } from '@adapterfusion/contracts';
import { ENCODER_FILES } from '@adapterfusion/runtime';
import { registryOf } from './builtin-plugins.js';
import type { CommonOptions, DataOptions } from './options.js';
import { folderOf } from './places.js';
import { filesOf } from './platform.js';
import { openData, targeted } from './rows.js';

/** What is known of a split's rows. */
export interface SplitRecord {
  readonly rows: number;
  /** Rows of each label, in the order of the labels; none where a target is not one label. */
  readonly labels: readonly number[];
  /** Mean length of a row's texts in characters. */
  readonly characters: number;
  /** SHA-256 of texts and targets in order. */
  readonly sha256: string;
}

/** What is known of a task's data. */
export interface DataRecord {
  readonly name: string;
  /** `package#id@version` of the plugin that reads it. */
  readonly plugin: string;
  readonly labels: readonly string[];
  /** Names of the metrics; the first selects. */
  readonly metrics: readonly string[];
  readonly licence: string;
  readonly splits: Partial<Readonly<Record<Split, SplitRecord>>>;
}

/**
 * Reads a task's splits: their sizes and hashes. Two records are equal where the data are.
 * @throws what reading data throws: PLUGIN_MISSING, OPTIONS_INVALID, FILE_NOT_FOUND, DATA_INVALID, LABEL_UNKNOWN
 */
export async function fingerprintData(
  options: DataOptions & Pick<CommonOptions, 'files' | 'registry'>,
): Promise<DataRecord> {
  const files = filesOf(options.files);
  const data = await openData(options, files, await registryOf(options, files));
  const { dataset, source, name, labels, plugin, kind, singleLabel } = data;
  const splits: Partial<Record<Split, SplitRecord>> = {};
  for (const split of await dataset.splits(source)) {
    const rows = await targeted(data, split);
    const counts = singleLabel ? labels.map((_, index) => rows.filter(({ target }) => target === index).length) : [];
    const texts = rows.map(({ example, target }) => JSON.stringify([kind.texts(example), target]));
    const characters = rows.reduce((sum, { example }) => sum + kind.texts(example).join('').length, 0) / rows.length;
    const hash = await sha256(texts.join('\n'));
    splits[split] = { rows: rows.length, labels: counts, characters, sha256: hash };
  }
  const { metrics, licence } = dataset;
  return { name, plugin: `${identityOf(plugin)}@${plugin.packageVersion}`, labels, metrics, licence, splits };
}

/** What is known of an encoder's files. */
export interface EncoderRecord {
  /** SHA-256 over the files' names and bytes. */
  readonly sha256: string;
  /** Its `config.json`. */
  readonly config: { readonly [key: string]: unknown };
}

const HASHED = /^(config\.json|.*\.safetensors|tokenizer\.json|tokenizer_config\.json|vocab\.txt|merges\.txt)$/;

/**
 * Identifies an encoder by its files: a name stays when weights change.
 * @param place its folder, or the npm package that holds it
 * @throws FILE_NOT_FOUND; FILE_CORRUPT for a configuration that is no JSON
 */
export async function fingerprintEncoder(
  place: string,
  options: Pick<CommonOptions, 'files'> = {},
): Promise<EncoderRecord> {
  const files = filesOf(options.files);
  const folder = await folderOf(place, files);
  const at = files.join(folder, 'config.json');
  const config = parseJsonObject(await files.read(at), 'FILE_CORRUPT', at, 'a JSON object', 'Fetch the file again.');
  const hashes: string[] = [];
  for (const name of (await files.list(folder)).filter((each) => HASHED.test(each)))
    hashes.push(`${name} ${await sha256(await files.read(files.join(folder, name)))}`);
  const { pooling: name } = ENCODER_FILES;
  const pooling = files.join(folder, name);
  if ((await files.kind(pooling)) === 'file') hashes.push(`${name} ${await sha256(await files.read(pooling))}`);
  return { sha256: await sha256(hashes.join('\n')), config };
}

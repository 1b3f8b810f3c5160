import { fingerprint, type BackboneRecord } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Backbone, type Files, type Params, type Tensor } from '@adapterfusion/contracts';
import { createTokenizer, tokenizerFromMerges, tokenizerFromVocab, type Tokenizer } from '@adapterfusion/text';
import { tensor } from '@adapterfusion/tensor';
import { checkBackbone } from './check-backbone.js';
import { ENCODER_FILES, openEncoderFolder, type EncoderFolder } from './encoder-folder.js';
import { readWeights, type EncoderWeights } from './encoder-weights.js';
import { readPooling, type EncoderPooling } from './pooling.js';
import type { Registry } from './registry.js';

/** A pretrained encoder without its tokenizer. */
export interface LoadedBackbone {
  readonly backbone: Backbone;
  /** By path; whoever holds them disposes of them (a `Model` takes them over). */
  readonly params: Params;
  /** What a bundle says of it. */
  readonly record: BackboneRecord;
}

/** A pretrained encoder, loaded. */
export interface Encoder extends LoadedBackbone {
  readonly tokenizer: Tokenizer;
  /** From `1_Pooling/config.json`, where the folder has it. */
  readonly pooling: EncoderPooling;
  /** The files of configuration, tokenizer and pooling as they were read, by name: for `packEncoder`. */
  readonly settings: ReadonlyMap<string, Uint8Array>;
}

/**
 * Loads an encoder from a folder in the hub's layout: `config.json`, `model.safetensors`, `tokenizer.json` (or
 * `vocab.txt`, or `vocab.json` with `merges.txt`), and `1_Pooling/config.json` where it is there. The backbone plugin is the one whose id or alias is the configuration's
 * `model_type`. A bundle of kind `model` is such a folder too: its files are checked against its manifest.
 * @param folder where the files are; also the id that bundles name
 * @throws FILE_NOT_FOUND, FILE_CORRUPT, TENSORS_INVALID, PLUGIN_MISSING, OPTIONS_INVALID, UNSUPPORTED; for a bundle also
 * SPEC_UNSUPPORTED, BUNDLE_INVALID, BACKBONE_MISMATCH, HASH_MISMATCH
 */
export async function loadEncoder(files: Files, folder: string, registry: Registry): Promise<Encoder> {
  const source = await openEncoder(files, folder);
  const [stored, tokenizer, pooling] = await Promise.all([
    readStored(source, registry),
    readTokenizer(source),
    readPooling(source),
  ]);
  return { ...withTensors(stored), tokenizer, pooling, settings: source.settings };
}

/** An encoder as its files hold it: no tensor is made, and no backend is needed. */
export interface StoredEncoder {
  readonly weights: EncoderWeights;
  /** What a bundle says of it. */
  readonly record: BackboneRecord;
  /** The files of configuration, tokenizer and pooling, by name. */
  readonly settings: ReadonlyMap<string, Uint8Array>;
}

/** As {@link loadEncoder}, its values in host memory. */
export async function readEncoder(files: Files, folder: string, registry: Registry): Promise<StoredEncoder> {
  const source = await openEncoder(files, folder);
  const [{ record, weights }] = await Promise.all([
    readStored(source, registry),
    readTokenizer(source),
    readPooling(source),
  ]);
  return { weights, record, settings: source.settings };
}

/** As {@link loadEncoder}, for token ids that come from elsewhere. */
export async function loadBackbone(files: Files, folder: string, registry: Registry): Promise<LoadedBackbone> {
  return withTensors(await readStored(await openEncoder(files, folder), registry));
}

/** @throws FILE_NOT_FOUND where no encoder is */
async function openEncoder(files: Files, folder: string): Promise<EncoderFolder> {
  const source = await openEncoderFolder(files, folder);
  if (source.record !== undefined || (await source.has(ENCODER_FILES.config))) return source;
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: folder,
    expected: 'an encoder: the folder or the installed npm package with config.json, model.safetensors, tokenizer.json',
    got:
      (await files.kind(folder)) === undefined
        ? 'no such folder, and no installed package of this name'
        : 'no config.json there',
    fix: 'Check the path, or install the package.',
  });
}

interface StoredBackbone {
  readonly backbone: Backbone;
  readonly record: BackboneRecord;
  readonly weights: EncoderWeights;
}

function withTensors({ backbone, record, weights }: StoredBackbone): LoadedBackbone {
  const params = weights.tensors.map(({ path, shape, data }): [string, Tensor] => [path, tensor(data, shape)]);
  return { backbone, params: Object.fromEntries(params), record };
}

async function readStored(source: EncoderFolder, registry: Registry): Promise<StoredBackbone> {
  const { folder: id } = source;
  const config = await source.json(ENCODER_FILES.config);
  const type = config.model_type;
  if (typeof type !== 'string')
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: `${source.at(ENCODER_FILES.config)}: model_type`,
      expected: 'the name of an architecture',
      got: JSON.stringify(type) ?? 'nothing',
      fix: 'Use the config.json that came with the model.',
    });
  const backbone = (await registry.load('backbone', type)).create({ config });
  const { modelType, hidden, layers } = backbone;
  const { fingerprint: wanted, derivedFrom, ...named }: Partial<BackboneRecord> = source.record ?? {};
  checkBackbone(named, { id, modelType, hidden, layers }, id);
  const weights = await readWeights(source, backbone);
  const print = await fingerprint(weights.tensors.filter((each) => each.fingerprint));
  const record = { id, fingerprint: print, ...(derivedFrom ? { derivedFrom } : {}), modelType, hidden, layers };
  if (wanted !== undefined) checkBackbone({ ...named, fingerprint: wanted }, record, id);
  return { backbone, record, weights };
}

/**
 * The tokenizer of an encoder's folder alone: `tokenizer.json` with `tokenizer_config.json`, or one of the older files.
 * @throws FILE_NOT_FOUND, FILE_CORRUPT, UNSUPPORTED
 */
export async function loadTokenizer(files: Files, folder: string): Promise<Tokenizer> {
  return readTokenizer(await openEncoderFolder(files, folder));
}

async function readTokenizer(source: EncoderFolder): Promise<Tokenizer> {
  const { tokenizerConfig, tokenizers, merges } = ENCODER_FILES;
  const config = (await source.has(tokenizerConfig)) ? await source.json(tokenizerConfig) : undefined;
  const [json, vocabulary, pieces] = tokenizers;
  const linesOf = async (name: string): Promise<string[]> =>
    new TextDecoder().decode(await source.read(name)).split(/\r?\n/);
  if (await source.has(json)) return createTokenizer(await source.json(json), config, source.at(json));
  if (!(await source.has(vocabulary)) && (await source.has(pieces)))
    return tokenizerFromMerges(await source.json(pieces), await linesOf(merges), source.folder);
  const lines = await linesOf(vocabulary);
  return tokenizerFromVocab(lines, { lowercase: config?.do_lower_case !== false }, source.at(vocabulary));
}

import { fingerprint, parseSafetensors, toFloat32, type BackboneRecord } from '@adapterfusion/checkpoint';
import {
  AdapterFusionError,
  configure,
  type Backbone,
  type Files,
  type Params,
  type Tensor,
} from '@adapterfusion/contracts';
import { createTokenizer, tokenizerFromVocab, type Tokenizer } from '@adapterfusion/text';
import { tensor } from '@adapterfusion/tensor';
import { readJson } from './json.js';
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
}

/**
 * Loads an encoder from a folder in the hub's layout: `config.json`, `model.safetensors`, `tokenizer.json` (or
 * `vocab.txt`). The backbone plugin is the one whose id is the configuration's `model_type`.
 * @param folder where the files are; also the id that bundles name
 * @throws FILE_NOT_FOUND, FILE_CORRUPT, TENSORS_INVALID, PLUGIN_MISSING, OPTIONS_INVALID, UNSUPPORTED
 */
export async function loadEncoder(files: Files, folder: string, registry: Registry): Promise<Encoder> {
  const tokenizer = await loadTokenizer(files, folder);
  return { ...(await loadBackbone(files, folder, registry)), tokenizer };
}

/** As {@link loadEncoder}, for token ids that come from elsewhere. */
export async function loadBackbone(files: Files, folder: string, registry: Registry): Promise<LoadedBackbone> {
  const at = (name: string): string => files.join(folder, name);
  const config = await readJson(files, at('config.json'));
  const type = config.model_type;
  if (typeof type !== 'string')
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: `${at('config.json')}: model_type`,
      expected: 'the name of an architecture',
      got: JSON.stringify(type) ?? 'nothing',
      fix: 'Use the config.json that came with the model.',
    });
  const backbone = configure(registry.get('backbone', type)).create({ config });
  const { params, print } = await loadWeights(files, folder, backbone);
  return {
    backbone,
    params,
    record: {
      id: folder,
      fingerprint: print,
      modelType: backbone.modelType,
      hidden: backbone.hidden,
      layers: backbone.layers,
    },
  };
}

async function loadTokenizer(files: Files, folder: string): Promise<Tokenizer> {
  const at = (name: string): string => files.join(folder, name);
  const config = (await files.kind(at('tokenizer_config.json')))
    ? await readJson(files, at('tokenizer_config.json'))
    : undefined;
  if (await files.kind(at('tokenizer.json')))
    return createTokenizer(await readJson(files, at('tokenizer.json')), config, at('tokenizer.json'));
  const lines = new TextDecoder().decode(await files.read(at('vocab.txt'))).split(/\r?\n/);
  return tokenizerFromVocab(lines, { lowercase: config?.do_lower_case !== false }, at('vocab.txt'));
}

async function loadWeights(
  files: Files,
  folder: string,
  backbone: Backbone,
): Promise<{ params: Params; print: string }> {
  const at = files.join(folder, 'model.safetensors');
  if (!(await files.kind(at)) && (await files.kind(files.join(folder, 'pytorch_model.bin'))))
    throw new AdapterFusionError('UNSUPPORTED', {
      at: folder,
      expected: 'model.safetensors',
      got: 'pytorch_model.bin only',
      fix: 'Save the model with safe_serialization=True, or fetch its safetensors file.',
    });
  const stored = new Map(
    [...parseSafetensors(await files.read(at), at).tensors.values()].flatMap((each) => {
      const path = backbone.pathOf(each.name);
      return path === undefined ? [] : [[path, each] as const];
    }),
  );
  const problems = backbone.parameters.flatMap(({ path, shape, optional }) => {
    const found = stored.get(path);
    if (!found) return optional ? [] : [`${path} is missing`];
    return found.shape.join() === shape.join()
      ? []
      : [`${path} is [${found.shape.join(', ')}] instead of [${shape.join(', ')}]`];
  });
  if (problems.length > 0)
    throw new AdapterFusionError('TENSORS_INVALID', {
      at,
      expected: `the tensors that config.json describes`,
      got: problems.slice(0, 5).join('; ') + (problems.length > 5 ? `; and ${problems.length - 5} more` : ''),
      fix: 'Use weights and config.json of the same model.',
    });
  const present = backbone.parameters.flatMap((spec) => {
    const found = stored.get(spec.path);
    return found ? [{ ...spec, data: toFloat32(found) }] : [];
  });
  const print = await fingerprint(present.filter((each) => each.fingerprint));
  const params = Object.fromEntries(
    present.map(({ path, shape, data }): [string, Tensor] => [path, tensor(data, shape)]),
  );
  return { params, print };
}

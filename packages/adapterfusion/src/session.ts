import type { SourceRecord } from '@adapterfusion/checkpoint';
import type { Files } from '@adapterfusion/contracts';
import { Model } from '@adapterfusion/model';
import { loadEncoder, poolingOf, type Encoder, type EncoderPooling, type Registry } from '@adapterfusion/runtime';
import { openBackend, type BackendInfo } from '@adapterfusion/tensor';
import { encoderPlace } from './encoder-place.js';
import { registryOf } from './builtin-plugins.js';
import type { CommonOptions } from './options.js';
import { filesOf } from './platform.js';

/** An encoder on an open backend, with a model around it. */
export interface Session {
  readonly files: Files;
  readonly registry: Registry;
  readonly backend: BackendInfo;
  readonly model: Model;
  readonly tokenizer: Encoder['tokenizer'];
  readonly encoder: Encoder['record'];
  /** The encoder's own pooling: the default of heads. */
  readonly pooling: EncoderPooling;
  /** Configuration, tokenizer and pooling as they were read: what a bundle takes that carries the encoder. */
  readonly settings: Encoder['settings'];
  /** The npm packages that adapters on the model came from, by local name. */
  readonly sources: Map<string, SourceRecord>;
}

/**
 * Opens the backend and loads an encoder. The caller disposes of `model`.
 * @param place its folder, the npm package that holds it, or its id on the hub: `org/name`, `org/name@revision`
 * @throws BACKEND_UNAVAILABLE and what `loadEncoder` and `encoderFromHub` throw
 */
export async function openSession(place: string, options: CommonOptions): Promise<Session> {
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  options.onProgress?.({ stage: 'load', done: 0, total: 1 });
  const backend = await openBackend(options.backend ?? 'auto');
  const { folder, named } = await encoderPlace(place, files, options);
  const loaded = await loadEncoder(files, folder, registry);
  const { backbone, params, tokenizer, record, settings } = loaded;
  const encoder = named(record);
  options.onProgress?.({ stage: 'load', done: 1, total: 1 });
  return {
    files,
    registry,
    backend,
    model: new Model(backbone, params),
    tokenizer,
    encoder,
    pooling: poolingOf(loaded),
    settings,
    sources: new Map(),
  };
}

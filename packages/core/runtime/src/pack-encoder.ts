import { fingerprint, writeSafetensors } from '@adapterfusion/checkpoint';
import type { Model } from '@adapterfusion/model';
import { read } from '@adapterfusion/tensor';
import { configAt } from './config-at.js';
import { ENCODER_FILES } from './encoder-folder.js';

/** An encoder as the files of a folder in the hub's layout. */
export interface PackedEncoder {
  /** By name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of the weights as they are now. */
  readonly fingerprint: string;
  /** How many numbers the weights are. */
  readonly parameters: number;
}

/**
 * The present encoder of a model, in float32, under the backbone's own paths.
 * @param settings configuration and tokenizer, as `loadEncoder` read them
 */
export async function packEncoder(
  { backbone, parameters }: Model,
  settings: ReadonlyMap<string, Uint8Array>,
): Promise<PackedEncoder> {
  const tensors = [];
  for (const spec of backbone.parameters)
    if (parameters.has(spec.path))
      tensors.push({ ...spec, name: spec.path, data: await read(parameters.get(spec.path)) });
  return {
    files: new Map([
      ...[...settings].map(
        ([name, bytes]) => [name, name === ENCODER_FILES.config ? configAt('float32', bytes) : bytes] as const,
      ),
      [ENCODER_FILES.weights, writeSafetensors(tensors)],
    ]),
    fingerprint: await fingerprint(tensors.filter((each) => each.fingerprint)),
    parameters: tensors.reduce((sum, { data }) => sum + data.length, 0),
  };
}

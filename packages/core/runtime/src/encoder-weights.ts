import { parseSafetensors, weightOf, type StoredDType } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Backbone, type ParameterSpec } from '@adapterfusion/contracts';
import { ENCODER_FILES, type EncoderFolder } from './encoder-folder.js';

/** A parameter of a backbone with its values. */
export interface EncoderWeight extends ParameterSpec {
  readonly data: Float32Array;
  /** How the file has it. */
  readonly dtype: StoredDType;
}

/** The weights of an encoder as its file has them. */
export interface EncoderWeights {
  /** Of the file. */
  readonly bytes: number;
  readonly tensors: readonly EncoderWeight[];
}

/**
 * Parameters of the backbone that the file has, its names and shapes checked.
 * @throws FILE_NOT_FOUND, FILE_CORRUPT, TENSORS_INVALID; UNSUPPORTED for a pickle only
 */
export async function readWeights(source: EncoderFolder, backbone: Backbone): Promise<EncoderWeights> {
  const at = source.at(ENCODER_FILES.weights);
  if (!(await source.has(ENCODER_FILES.weights)) && (await source.has('pytorch_model.bin')))
    throw new AdapterFusionError('UNSUPPORTED', {
      at: source.folder,
      expected: 'model.safetensors',
      got: 'pytorch_model.bin only',
      fix: 'Save it with safe_serialization=True, or fetch model.safetensors.',
    });
  const bytes = await source.read(ENCODER_FILES.weights);
  const { tensors } = parseSafetensors(bytes, at);
  const stored = new Map(
    [...tensors.values()].flatMap((each) => {
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
  const read = backbone.parameters.flatMap((spec) => {
    const found = stored.get(spec.path);
    return found ? [{ ...spec, data: weightOf(tensors, found), dtype: found.dtype }] : [];
  });
  return { bytes: bytes.byteLength, tensors: read };
}

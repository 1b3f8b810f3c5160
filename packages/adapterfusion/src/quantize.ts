import { MANIFEST_FILE, parseManifest, type BackboneRecord } from '@adapterfusion/checkpoint';
import { AdapterFusionError, option, parseOptions, type Files } from '@adapterfusion/contracts';
import {
  checkPlace,
  isBundle,
  PRECISIONS,
  quantizeEncoder,
  readBundle,
  readEncoder,
  writeBundle,
  type Precision,
  type QuantizedTensor,
  type Setup,
} from '@adapterfusion/runtime';
import { encoderPlace } from './encoder-place.js';
import { registryOf } from './builtin-plugins.js';
import { lastOf } from './names.js';
import type { CommonOptions } from './options.js';
import { pause } from './pause.js';
import { filesOf } from './platform.js';
import { portable } from './save.js';

/** Options of {@link quantize}. */
export interface QuantizeOptions extends Omit<CommonOptions, 'backend'> {
  /** `float16`, `bfloat16`, or `int8` with a float32 factor for each row of a matrix. Default `float16`. */
  readonly precision?: Precision;
  /** Where the copy is written. */
  readonly out: string;
  /** Take the place of a bundle that is there. Default false. */
  readonly overwrite?: boolean;
}

/** What {@link quantize} wrote. */
export interface QuantizedCopy {
  readonly path: string;
  readonly precision: Precision;
  /** Of the copy, as it is read: adapters that are trained on it name it. */
  readonly fingerprint: string;
  /** The fingerprint of the original. */
  readonly derivedFrom: string;
  /** Of `model.safetensors`, before and after. */
  readonly bytes: { readonly before: number; readonly after: number };
  /** The tensor with the largest error. */
  readonly worst: QuantizedTensor;
  readonly tensors: readonly QuantizedTensor[];
}

const CHOICES = { precision: option.choice<Precision>('float16', PRECISIONS) };

/**
 * Writes a copy of an encoder whose weights take half the space on disk, or a quarter. It is a folder in the hub's layout and
 * a bundle of kind `model`, which says what it is a copy of: adapters that were trained on the original load on it, with a
 * warning. Of a bundle that carries its encoder the rest goes along, but for its metrics. In memory weights are float32.
 * Needs no backend.
 * @param model folder of the encoder, the npm package that holds it, or its id on the hub
 * @throws OPTIONS_INVALID for another precision, and for a copy in the place of its original; FILE_EXISTS; UNSUPPORTED for an
 * encoder that is such a copy, or at this precision already; TENSORS_INVALID for a value that does not fit, with the tensor's
 * name; what reading encoders and bundles throws
 */
export async function quantize(model: string, options: QuantizeOptions): Promise<QuantizedCopy> {
  const { out, overwrite = false } = options;
  const { precision } = parseOptions(CHOICES, { precision: options.precision }, 'quantize');
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const { folder, named } = await encoderPlace(model, files, options);
  await checkPlace(files, out, overwrite);
  await pause(options.signal, 'quantize');
  const encoder = await readEncoder(files, folder, registry);
  await checkOther(files, out, encoder.record);
  await pause(options.signal, 'quantize');
  const copy = await quantizeEncoder(encoder, precision);
  await pause(options.signal, 'quantize');
  const derivedFrom = encoder.record.fingerprint!;
  const record = named(encoder.record);
  const held = (await isBundle(files, folder)) ? await readBundle(files, folder, registry) : undefined;
  const setup = held ? { ...held, metrics: [] } : alone(lastOf(out), record);
  const backbone = { ...(setup.backbone as BackboneRecord), fingerprint: copy.fingerprint, derivedFrom };
  const training = { ...setup.training, quantized: precision };
  await writeBundle(files, out, { ...setup, backbone, training }, registry, { replace: overwrite, encoder: copy });
  const { tensors, fingerprint, bytes } = copy;
  const worst = tensors.reduce((most, each) => (each.error > most.error ? each : most));
  const sizes = { before: encoder.weights.bytes, after: bytes };
  return { path: out, precision, fingerprint, derivedFrom, bytes: sizes, worst, tensors };
}

/** @throws OPTIONS_INVALID where a bundle carries that encoder, by whatever path: the original cannot be made of a copy */
async function checkOther(files: Files, out: string, { fingerprint }: BackboneRecord): Promise<void> {
  if (!(await isBundle(files, out))) return;
  const at = files.join(out, MANIFEST_FILE);
  const { kind, backbone } = parseManifest(await files.read(at), at);
  if (kind !== 'model' || backbone.fingerprint !== fingerprint) return;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'quantize.out',
    expected: 'another place than that of the original',
    got: JSON.stringify(out),
    fix: 'Choose another place: the original cannot be made of the copy.',
  });
}

/** An encoder and nothing on it. */
function alone(name: string, record: BackboneRecord): Setup {
  return {
    kind: 'model',
    name,
    composition: null,
    adapters: new Map(),
    fusions: new Map(),
    heads: new Map(),
    backbone: { ...record, id: portable(record.id) },
    metrics: [],
    training: {},
  };
}

import {
  ATTENTION_LOCATIONS,
  AdapterFusionError,
  checkName,
  type Files,
  type JsonValue,
} from '@adapterfusion/contracts';
import { ADAPTER_CONFIG } from './adapter.js';
import { readConfigFile, type ConfigFile } from './config-file.js';
import type { ImportedAdapter } from './imported.js';
import { loraShapes } from './lora.js';
import { layersOf, placeOf } from './site-names.js';
import { readWeights, sortWeights, takeTensors, type Meaning, type Sorted, type Weights } from './weights.js';

type Options = { readonly [key: string]: JsonValue };

const WEIGHTS = 'adapter_model.safetensors';

/** True for `adapter_config.json` as PEFT writes it. */
export const isPeft = (file: ConfigFile): boolean => file.value['peft_type'] !== undefined;

/**
 * Reads an adapter folder of PEFT (`adapter_config.json`, `adapter_model.safetensors`): LoRA, rank-stabilised or not, and
 * (IA)³ on encoders like BERT. PEFT names no adapter: it is called after its folder. Which projections are adapted is what
 * the tensors say. A classifier that was saved along is left out, with a warning: PEFT does not save the names of its labels.
 * @throws UNSUPPORTED for other methods and variants; otherwise as `readAdapter`
 */
export async function readPeft(files: Files, dir: string): Promise<ImportedAdapter> {
  const file = await readConfigFile(files, dir, ADAPTER_CONFIG);
  const { value } = file;
  const lora = checkMethod(file) === 'LORA';
  const weights = await readWeights(files, dir, WEIGHTS, 'adapter_model.bin');
  const { sorted, classifier } = sort(weights, value['modules_to_save']);
  if (!lora) checkVectors(sorted);
  const found = new Set([...sorted.own.keys()].map((path) => path.split('/')[1]!));
  const base = value['base_model_name_or_path'];
  const options: Options = {
    attn_matrices: Object.entries(ATTENTION_LOCATIONS).flatMap(([letter, location]) =>
      found.has(location) ? [letter] : [],
    ),
    selfattn_lora: Object.values(ATTENTION_LOCATIONS).some((location) => found.has(location)),
    intermediate_lora: found.has('intermediate'),
    output_lora: found.has('output'),
    ...(lora ? loraNumbers(file) : {}),
  };
  const hiddenSize = widthOf(sorted);
  const asReference = { r: 1, composition_mode: lora ? 'add' : 'scale', ...options };
  return {
    name: nameOf(dir),
    plugin: lora ? '@adapterfusion/adapter-lora#lora' : '@adapterfusion/adapter-ia3#ia3',
    options,
    tensors: takeTensors(sorted, loraShapes(file, asReference, hiddenSize, sorted.own)),
    model: { modelName: typeof base === 'string' ? base : '', hiddenSize },
    warnings:
      classifier.length === 0 ? [] : [`${sorted.at}: the classifier (${classifier[0]}, …) was left out: train a head.`],
  };
}

/** Settings under which PEFT computes something that is not read here. */
const VARIANTS = [
  'use_dora',
  'use_qalora',
  'use_bdlora',
  'rank_pattern',
  'alpha_pattern',
  'layer_replication',
  'trainable_token_indices',
  'target_parameters',
  'alora_invocation_tokens',
  'arrow_config',
];

function checkMethod(file: ConfigFile): 'LORA' | 'IA3' {
  const { value } = file;
  const refuse = (key: string, expected: string): never => {
    throw new AdapterFusionError('UNSUPPORTED', {
      at: `${file.at}: ${key}`,
      expected,
      got: JSON.stringify(value[key]),
      fix: 'Train plain LoRA or (IA)³ with PEFT, or use the adapter there.',
    });
  };
  const type = value['peft_type'];
  if (type !== 'LORA' && type !== 'IA3') return refuse('peft_type', '"LORA" or "IA3"');
  for (const key of VARIANTS) {
    const got = value[key] ?? false;
    if (typeof got === 'object' ? Object.keys(got).length > 0 : got) refuse(key, 'nothing');
  }
  if (type === 'LORA' && (value['bias'] ?? 'none') !== 'none') refuse('bias', '"none"');
  const start = value['init_lora_weights'];
  if (typeof start === 'string' && !['gaussian', 'eva', 'orthogonal'].includes(start))
    refuse('init_lora_weights', 'one that leaves the weights of the encoder as they are');
  return type;
}

function loraNumbers(file: ConfigFile): { r: number; alpha: number; dropout: number } {
  const number = (key: string, fallback?: number): number => {
    const got = file.value[key] ?? fallback;
    return typeof got === 'number' && Number.isFinite(got) ? got : file.refuse(key, 'a number');
  };
  const [r, alpha] = [number('r'), number('lora_alpha')];
  // Rank-stabilised: alpha / √r, which is (alpha · √r) / r.
  const scaled = file.value['use_rslora'] === true ? alpha * Math.sqrt(r) : alpha;
  return { r, alpha: scaled, dropout: number('lora_dropout', 0) };
}

const PARAMETER = /^(.+)\.(?:(lora_A|lora_B)(?:\.default)?\.weight|ia3_l)$/s;

function sort(weights: Weights, saved: JsonValue | undefined): { sorted: Sorted; classifier: readonly string[] } {
  const modules = Array.isArray(saved) ? saved.map(String) : [];
  const sorted = sortWeights(weights, (key): Meaning => {
    const [, module = '', name = 'lora_B'] = PARAMETER.exec(key) ?? [];
    const at = placeOf(module);
    if (at) return { path: `${at.layer}/${at.location}/${name}` };
    const own = ['classifier', 'pre_classifier', 'score', ...modules];
    return own.some((word) => key.split('.').includes(word)) ? 'foreign' : 'unknown';
  });
  return { sorted, classifier: sorted.foreign };
}

/** (IA)³ of PEFT may scale what enters a projection; only what leaves one can be scaled here. */
function checkVectors({ at, own }: Sorted): void {
  const [path] = [...own].find(([, { shape }]) => shape[1] !== 1) ?? [];
  if (path !== undefined)
    throw new AdapterFusionError('UNSUPPORTED', {
      at,
      expected: 'vectors that scale what leaves a projection',
      got: `one that scales what enters it, at ${path.split('/').slice(0, 2).join('/')}`,
      fix: 'Train with feedforward_modules=[], on "intermediate.dense" instead of "output.dense".',
    });
}

/** The encoder's width, as the tensors tell it. */
function widthOf({ at, own }: Sorted): number {
  for (const [path, { shape }] of own) {
    const [, location, name] = path.split('/');
    const inner = location === (name === 'lora_A' ? 'output' : 'intermediate');
    const width = name === 'lora_A' ? shape[1] : shape[0];
    if (!inner && width !== undefined) return width;
  }
  throw new AdapterFusionError('TENSORS_INVALID', {
    at,
    expected: 'updates of the projections of an encoder like BERT',
    got: `${layersOf(own.keys())} layers with any`,
    fix: 'Only encoders like BERT are read.',
  });
}

function nameOf(dir: string): string {
  const last = dir.split(/[\\/]/).filter(Boolean).at(-1) ?? '';
  return checkName(last.replace(/[,.]+/g, '-').replace(/^-+|-+$/g, '') || 'adapter', `the adapter of ${dir}`);
}

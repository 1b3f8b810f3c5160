import { AdapterFusionError, type JsonValue } from '@adapterfusion/contracts';
import type { ExportPart } from './export.js';
import type { ModelNames } from './model-names.js';
import { prefixName } from './prefix.js';
import { unlayeredName } from './shared-names.js';
import type { TensorToSave } from './torch-write.js';

/** The files of an adapter, fusion or head: what its configuration says, and its tensors by the library's names. */
export interface Part {
  readonly configFile: string;
  readonly safetensors: string;
  readonly torch: string;
  readonly config: { readonly config: { readonly [key: string]: JsonValue }; readonly [key: string]: JsonValue };
  readonly tensors: ReadonlyMap<string, TensorToSave>;
}

const ADAPTER = {
  configFile: 'adapter_config.json',
  safetensors: 'adapter.safetensors',
  torch: 'pytorch_adapter.bin',
} as const;
const FUSION = {
  configFile: 'adapter_fusion_config.json',
  safetensors: 'model_adapter_fusion.safetensors',
  torch: 'pytorch_model_adapter_fusion.bin',
} as const;
const HEAD = {
  configFile: 'head_config.json',
  safetensors: 'model_head.safetensors',
  torch: 'pytorch_model_head.bin',
} as const;

/** The methods that the library has, by the package of ours that makes them. */
const METHODS = new Map<string, { readonly module: string; readonly architecture: string | null }>([
  ['@adapterfusion/adapter-bottleneck', { module: 'adapters', architecture: null }],
  ['@adapterfusion/adapter-lora', { module: 'loras', architecture: 'lora' }],
  ['@adapterfusion/adapter-ia3', { module: 'loras', architecture: 'lora' }],
  ['@adapterfusion/adapter-prefix-tuning', { module: 'prefix_tunings', architecture: 'prefix_tuning' }],
]);

/** @throws UNSUPPORTED for a method that the library lacks */
export function adapterToSave(name: string, part: ExportPart, model: ModelNames): Part {
  const method = METHODS.get(part.plugin.split('#')[0]!);
  if (method === undefined) throw unsupported(name, 'a bottleneck adapter, prefix tuning, LoRA or (IA)³', part.plugin);
  const before = part.options['ln_before'] === true;
  const parameter =
    method.architecture === null ? (path: string) => bottleneckName(path, before) : (path: string) => path;
  const { architecture } = method;
  return {
    ...ADAPTER,
    config: { config: { ...part.options, ...(architecture === null ? {} : { architecture }) }, name },
    tensors:
      architecture === 'prefix_tuning'
        ? prefixes(part, name, model)
        : atSites(part, name, method.module, model, parameter),
  };
}

/** The library has a flat prefix in one row. */
const prefixes = ({ values }: ExportPart, name: string, { base }: ModelNames): Map<string, TensorToSave> =>
  new Map(
    Array.from(values, ([path, { shape, data }]) => [
      prefixName(path, name, base),
      { data, shape: path.endsWith('/control_trans') ? [data.length] : shape },
    ]),
  );

/** The library's name of a bottleneck adapter's parameter. */
function bottleneckName(path: string, normBefore: boolean): string {
  const [module, kind] = path.split('.') as [string, string | undefined];
  const modules = new Map([
    ['down', normBefore ? 'adapter_down.1' : 'adapter_down.0'],
    ['up', 'adapter_up'],
    ['norm_before', 'adapter_norm_before'],
    ['norm_after', 'adapter_norm_after'],
  ]);
  const theirs = modules.get(module) ?? module;
  return kind === undefined ? theirs : `${theirs}.${kind}`;
}

/** @throws UNSUPPORTED for another fusion than the paper's */
export function fusionToSave(children: readonly string[], part: ExportPart, model: ModelNames): Part {
  const name = children.join();
  if (part.plugin.split('#')[0] !== '@adapterfusion/fusion-attention')
    throw unsupported(name, 'a fusion by attention', part.plugin);
  // The library has no such option, and trained values do not depend on where they started.
  const { initial: _, ...options } = part.options;
  return {
    ...FUSION,
    config: { config: options, adapter_names: children, name },
    tensors: atSites(part, name, 'adapter_fusion_layer', model, (path) => path),
  };
}

function atSites(
  { values }: ExportPart,
  name: string,
  module: string,
  model: ModelNames,
  parameterOf: (path: string) => string,
): Map<string, TensorToSave> {
  return new Map(
    Array.from(values, ([path, tensor]) => {
      const unlayered = unlayeredName(path, name);
      if (unlayered !== undefined) return [`${model.base}.${unlayered}`, tensor];
      const [layer, location, ...rest] = path.split('/') as [string, string, ...string[]];
      const place = Object.hasOwn(model.places, location) ? model.places[location] : undefined;
      if (place === undefined) throw unsupported(name, 'places that the library knows', location);
      return [`${model.layer(Number(layer))}.${place}.${module}.${name}.${parameterOf(rest.join('/'))}`, tensor];
    }),
  );
}

/** @throws UNSUPPORTED for a head that the library lacks: one that pools by the mean, or of a stranger */
export function headToSave(name: string, part: ExportPart & { readonly labels: readonly string[] }): Part {
  const { layers, activation, dropout, pooling } = part.options;
  if (!/^@adapterfusion\/head-(classification|regression|multiple-choice)#/.test(part.plugin))
    throw unsupported(name, 'a head for classification, regression or multiple choice', part.plugin);
  if (pooling === 'mean') throw unsupported(name, 'a head that reads the first token or the pooler', 'the mean of all');
  const { values, bias } = inUnits(part);
  const last = layers === 1 ? 1 : activation === 'linear' ? 3 : 4;
  const choice = part.plugin.endsWith('#multiple-choice');
  const outputs = choice ? { num_choices: 2 } : { num_labels: Math.max(1, part.labels.length) };
  const label2id =
    part.labels.length === 0 ? { LABEL_0: 0 } : Object.fromEntries(part.labels.map((label, id) => [label, id]));
  return {
    ...HEAD,
    config: {
      config: {
        activation_function: activation === 'linear' ? null : (activation ?? null),
        bias,
        dropout_prob: dropout ?? null,
        head_type: choice ? 'multiple_choice' : 'classification',
        label2id,
        layers: layers ?? 2,
        ...outputs,
        use_pooler: pooling === 'pooler',
      },
      name,
    },
    tensors: new Map(
      Array.from(values, ([path, tensor]) => {
        const [module, kind] = path.split('.') as [string, string];
        return [`heads.${name}.${module === 'dense' ? 1 : last}.${kind}`, tensor];
      }),
    ),
  };
}

/** Parameters that answer in the unit of the rows: the library has no `centre` and `scale` for regression. */
function inUnits({ options, values }: ExportPart): { values: ExportPart['values']; bias: boolean } {
  const { centre = 0, scale = 1, bias = true } = options as { centre?: number; scale?: number; bias?: boolean };
  if (centre === 0 && scale === 1) return { values, bias };
  const { shape, data } = values.get('out.weight')!;
  const own = values.get('out.bias')?.data ?? new Float32Array(shape[0]!);
  return {
    values: new Map([
      ...values,
      ['out.weight', { shape, data: data.map((value) => value * scale) }],
      ['out.bias', { shape: [own.length], data: own.map((value) => value * scale + centre) }],
    ]),
    bias: true,
  };
}

function unsupported(at: string, expected: string, got: string): AdapterFusionError {
  const fix = 'Leave it out of what is exported, or use the bundle here.';
  return new AdapterFusionError('UNSUPPORTED', { at, expected, got, fix });
}

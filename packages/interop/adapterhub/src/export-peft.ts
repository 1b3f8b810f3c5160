import { writeSafetensors } from '@adapterfusion/checkpoint';
import { AdapterFusionError } from '@adapterfusion/contracts';
import type { ExportPart, ExportSetup } from './export.js';
import { json } from './json-text.js';
import { namesOf, type ModelNames } from './model-names.js';

/**
 * The files of a folder that PEFT's `PeftModel.from_pretrained(AutoModel…, folder)` loads: `adapter_config.json` and
 * `adapter_model.safetensors`, of a set-up with one LoRA. Modules are named from the encoder on, without a head; PEFT
 * stores no names of labels, so that heads are left out.
 * @returns bytes by path in the folder
 * @throws UNSUPPORTED for anything but one LoRA without a gate, and for encoders that are not exported
 */
export function exportPeft(setup: ExportSetup): Map<string, Uint8Array> {
  const names = namesOf(setup);
  const [name, part] = onlyLora(setup);
  const modules = new Set<string>();
  const tensors = Array.from(part.values, ([path, { shape, data }]) => {
    const module = moduleOf(name, path, names);
    modules.add(module);
    const parameter = path.split('/')[2]!;
    return { name: `base_model.model.${module}.${parameter}.weight`, shape, data };
  });
  return new Map([
    ['adapter_config.json', json(configOf(part, setup.backbone.id ?? '', [...modules].sort()))],
    ['adapter_model.safetensors', writeSafetensors(tensors)],
  ]);
}

/** `adapter_config.json`; keys that are not in it have PEFT's defaults. Whole modules are named: `output.dense` alone would also name `attention.output.dense`. */
function configOf({ options }: ExportPart, base: string, modules: readonly string[]) {
  return {
    base_model_name_or_path: base,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: options['alpha']!,
    lora_dropout: options['dropout'] ?? 0,
    modules_to_save: null,
    peft_type: 'LORA',
    r: options['r']!,
    target_modules: modules,
    task_type: 'FEATURE_EXTRACTION',
    use_dora: false,
    use_rslora: false,
  };
}

/** The module of the projection that a path means, from the encoder on: `encoder.layer.0.attention.self.query`. */
function moduleOf(name: string, path: string, { layer, projections }: ModelNames): string {
  const [index = '', location = ''] = path.split('/');
  const module = Object.hasOwn(projections, location) ? projections[location] : undefined;
  if (module === undefined) throw unsupported(name, 'projections of an encoder like BERT', location);
  return `${layer(Number(index)).replace(/^[^.]+\./, '')}.${module}`;
}

function onlyLora({ name, adapters, composition }: ExportSetup): readonly [string, ExportPart] {
  const [first] = adapters;
  if (first === undefined || adapters.size > 1 || composition !== first[0])
    throw unsupported(
      name,
      'a bundle of one adapter',
      adapters.size === 0 ? 'none' : `a composition of ${[...adapters.keys()].join(', ')}`,
      'Export a fusion of LoRAs with --single-adapter first.',
    );
  const [adapter, { plugin, options }] = first;
  if (plugin.split('#')[0] !== '@adapterfusion/adapter-lora') throw unsupported(adapter, 'LoRA', plugin);
  if (options['use_gating'] === true) throw unsupported(adapter, 'LoRA without a gate', 'use_gating');
  return first;
}

function unsupported(at: string, expected: string, got: string, fix = 'Use the bundle here.'): AdapterFusionError {
  return new AdapterFusionError('UNSUPPORTED', { at, expected, got, fix });
}

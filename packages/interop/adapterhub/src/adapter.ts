import { checkName, type Files, type JsonValue } from '@adapterfusion/contracts';
import { bottleneckOptions, bottleneckSize, leftOut } from './adapter-config.js';
import { readConfigFile, type ConfigFile } from './config-file.js';
import type { ImportedAdapter } from './imported.js';
import { isLora, loraOptions, loraPlugin, loraShapes } from './lora.js';
import { isPrefix, PREFIX_PLUGIN, prefixOptions, prefixShapes, sortPrefix } from './prefix.js';
import { unlayeredMeaning } from './shared-names.js';
import { compacterShapes, unlayeredShapes } from './extended-shapes.js';
import { layersOf, LOCATIONS, siteMeaning } from './site-names.js';
import { foreignWarning, readWeights, sortWeights, takeTensors, type Sorted, type Weights } from './weights.js';

export const ADAPTER_CONFIG = 'adapter_config.json';

/** Shapes of parameters by our paths. */
type Shapes = Map<string, readonly number[]>;

/**
 * Reads an adapter folder (`adapter_config.json`, `adapter.safetensors` or else `pytorch_adapter.bin`). The number of
 * layers is that of the file; the caller compares it with its model.
 * @throws NAME_INVALID for a name that cannot be used here; UNSUPPORTED for other methods than bottleneck adapters, prefix tuning,
 * LoRA and (IA)³; BUNDLE_INVALID for a damaged configuration; TENSORS_INVALID naming every tensor that is missing, misshapen or
 * unexpected; PICKLE_REFUSED for a pickle that asks for anything but tensors; FILE_NOT_FOUND; FILE_CORRUPT
 */
export async function readAdapter(files: Files, dir: string): Promise<ImportedAdapter> {
  const file = await readConfigFile(files, dir, ADAPTER_CONFIG);
  const name = checkName(file.text('name'), `the adapter of ${file.at}`);
  const lora = isLora(file);
  const prefix = isPrefix(file);
  const weights = await readWeights(files, dir, 'adapter.safetensors', 'pytorch_adapter.bin');
  const inverts = [...weights.tensors.keys()].some((key) => /\binvertible_(lang_)?adapters\./.test(key));
  const options = lora ? loraOptions(file) : prefix ? prefixOptions(file) : bottleneckOptions(file, inverts);
  const model = file.model();
  const sorted = lora
    ? sortWeights(weights, (key) => siteMeaning(key, 'loras', name, (rest) => rest))
    : prefix
      ? sortPrefix(weights, name, options)
      : sortBottleneck(weights, name, options['ln_before'] === true);
  const shapes = lora
    ? loraShapes(file, options, model.hiddenSize, sorted.own)
    : prefix
      ? prefixShapes(options, model.hiddenSize, sorted)
      : bottleneckShapes(file, options, model.hiddenSize, layersOf(layeredPaths(sorted)));
  return {
    name,
    plugin: lora ? loraPlugin(options) : prefix ? PREFIX_PLUGIN : '@adapterfusion/adapter-bottleneck#bottleneck',
    options,
    tensors: takeTensors(sorted, shapes),
    model,
    warnings: foreignWarning(sorted, `the adapter ${name}`),
  };
}

function sortBottleneck({ at, tensors: all }: Weights, name: string, normBefore: boolean): Sorted {
  // With a norm before, the reference saves it twice: also as the first module of adapter_down.
  const twin = /\.adapter_down\.0\.(weight|bias)$/;
  const isTwin = (key: string) => normBefore && twin.test(key) && all.has(key.replace(twin, '.adapter_norm_before.$1'));
  const tensors = new Map([...all].filter(([key]) => !isTwin(key)));
  return sortWeights(
    { at, tensors },
    (key) =>
      unlayeredMeaning(key, name) ?? siteMeaning(key, 'adapters', name, (rest) => parameterName(rest, normBefore)),
  );
}

/** Paths that begin with a layer. */
const layeredPaths = ({ own }: Sorted): string[] => [...own.keys()].filter((path) => /^\d/.test(path));

function bottleneckShapes(
  file: ConfigFile,
  options: { readonly [key: string]: JsonValue },
  width: number,
  layers: number,
): Shapes {
  const without = leftOut(file, options);
  const shapes: Shapes = new Map();
  for (let layer = 0; layer < Math.max(1, layers); layer++) {
    if (without.has(layer)) continue;
    const size = bottleneckSize(file, options, layer, width);
    for (const location of LOCATIONS)
      if (options[location] === true)
        for (const [parameter, shape] of parameterShapes(options, width, size))
          shapes.set(`${layer}/${location}/${parameter}`, shape);
  }
  for (const [path, shape] of unlayeredShapes(file, options, width)) shapes.set(path, shape);
  return shapes;
}

/** Our name of a module's parameter. */
function parameterName(rest: string, normBefore: boolean): string | undefined {
  if (rest === 'scaling') return rest;
  const [, module, kind] = /^(.+)\.(weight|bias|b|W(?:_left|_right)?|phm_rule(?:_left|_right)?)$/s.exec(rest) ?? [];
  const modules = new Map([
    ['adapter_down.0', normBefore ? 'norm_before' : 'down'],
    ...(normBefore ? ([['adapter_down.1', 'down']] as const) : []),
    ['adapter_up', 'up'],
    ['adapter_norm_before', 'norm_before'],
    ['adapter_norm_after', 'norm_after'],
    ['gate', 'gate'],
  ]);
  const ours = modules.get(module ?? '');
  return ours === undefined ? undefined : `${ours}.${kind}`;
}

function parameterShapes(options: { readonly [key: string]: JsonValue }, width: number, size: number) {
  const norm = (name: string) => [[`${name}.weight`, [width]] as const, [`${name}.bias`, [width]] as const];
  const shapes: (readonly [string, readonly number[]])[] =
    options['phm_layer'] === true
      ? compacterShapes(options, width, size)
      : [
          ['down.weight', [size, width]],
          ['down.bias', [size]],
          ['up.weight', [width, size]],
          ['up.bias', [width]],
        ];
  if (options['ln_before'] === true) shapes.push(...norm('norm_before'));
  if (options['ln_after'] === true) shapes.push(...norm('norm_after'));
  if (options['use_gating'] === true) shapes.push(['gate.weight', [1, width]], ['gate.bias', [1]]);
  if (options['scaling'] === 'learned') shapes.push(['scaling', [1]]);
  if (options['scaling'] === 'channel') shapes.push(['scaling', [width]]);
  return shapes;
}

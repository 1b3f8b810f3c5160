import type { StoredTensor } from '@adapterfusion/checkpoint';
import type { JsonValue } from '@adapterfusion/contracts';
import type { ConfigFile } from './config-file.js';
import { sortWeights, type Sorted, type Weights } from './weights.js';

type Options = { readonly [key: string]: JsonValue };

/** The plugin that runs prefix tuning. */
export const PREFIX_PLUGIN = '@adapterfusion/adapter-prefix-tuning#prefix_tuning';

/** Where the reference keeps an encoder's prefixes below its base model. */
const POOL = 'prefix_tuning.prefix_tunings';

/** True for the configuration of prefix tuning. */
export const isPrefix = (file: ConfigFile): boolean => file.object('config')['architecture'] === 'prefix_tuning';

/** The reference's configuration as options of our plugin, whose names are the same. */
export function prefixOptions(file: ConfigFile): Options {
  const { architecture: _, ...config } = file.object('config');
  for (const key of ['prefix_length', 'bottleneck_size'])
    if (!Number.isSafeInteger(config[key]) || (config[key] as number) < 1)
      file.refuse(`config.${key}`, 'a whole number of at least 1');
  return config;
}

/**
 * Tensors by our paths. The reference saves the prefixes once more under every layer: the copies are left out. A flat prefix
 * lies in one row, by position, layer, key and value.
 */
export function sortPrefix({ at, tensors: all }: Weights, name: string, options: Options): Sorted {
  const copy = /\.layer\.\d+\..*\bprefix_tuning\.pool\.prefix_tunings\./s;
  const length = options['prefix_length'] as number;
  const tensors = [...all].flatMap(([key, tensor]): [string, StoredTensor][] => {
    if (copy.test(key)) return [];
    const [count] = tensor.shape;
    const rows = options['flat'] === true && tensor.shape.length === 1 && count! % length === 0;
    return [[key, rows ? { ...tensor, shape: [length, count! / length] } : tensor]];
  });
  return sortWeights({ at, tensors: new Map(tensors) }, (key) => {
    const [, found, parameter] = /(?:^|\.)prefix_tuning\.prefix_tunings\.([^.]+)\.self_prefix\.(.+)$/s.exec(key) ?? [];
    if (found === undefined) return 'unknown';
    return found === name ? { path: `shared/model/${parameter}` } : 'foreign';
  });
}

/** Shapes by our paths of the parameters that the configuration asks for, with as many layers as the tensors have. */
export function prefixShapes(options: Options, width: number, { own }: Sorted): Map<string, readonly number[]> {
  const [length, inner] = [options['prefix_length'] as number, options['bottleneck_size'] as number];
  const at = (parameter: string): string => `shared/model/${parameter}`;
  // Two for each layer: keys and values.
  const rounded = (size: number): number => Math.max(2, 2 * Math.round(size / (2 * width))) * width;
  if (options['flat'] === true)
    return new Map([[at('control_trans'), [length, rounded(own.get(at('control_trans'))?.shape[1] ?? 0)]]]);
  const all = rounded(own.get(at('control_trans.2.bias'))?.shape[0] ?? 0);
  return new Map([
    [at('wte.weight'), [length, width]],
    [at('control_trans.0.weight'), [inner, width]],
    [at('control_trans.0.bias'), [inner]],
    [at('control_trans.2.weight'), [all, inner]],
    [at('control_trans.2.bias'), [all]],
  ]);
}

/** The reference's name of a parameter of ours. @param path `shared/model/…` @param base the base model's module */
export const prefixName = (path: string, name: string, base: string): string =>
  `${base}.${POOL}.${name}.self_prefix.${path.split('/').slice(2).join('/')}`;

import { AdapterFusionError, type JsonValue } from '@adapterfusion/contracts';
import type { ConfigFile } from './config-file.js';

type Options = { readonly [key: string]: JsonValue };

/**
 * The reference's configuration of a bottleneck adapter as options of our plugin, whose names are the same. Files
 * without `version` come from before two activations were renamed. Files of version 1 have invertible adapters under
 * another name, also those of tasks, which have no weights for them: there they are none.
 * @param inverts whether the weights have an invertible adapter
 * @throws UNSUPPORTED for other methods, and for what this method may have that is not read
 */
export function bottleneckOptions(file: ConfigFile, inverts: boolean): Options {
  const config = { ...file.object('config') };
  const unsupported = (got: string): never => {
    const expected = 'a bottleneck adapter (seq_bn, double_seq_bn, par_bn and the like), prefix tuning, LoRA or (IA)³';
    throw new AdapterFusionError('UNSUPPORTED', {
      at: `${file.at}: config`,
      expected,
      got,
      fix: 'Train one of these, or use the adapter with the Python library.',
    });
  };
  const architecture = config['architecture'] ?? null;
  if (architecture !== null) unsupported(`the method ${JSON.stringify(architecture)}`);
  delete config['architecture'];
  if ('invertible_adapter' in config) {
    config['inv_adapter'] ??= inverts ? config['invertible_adapter']! : null;
    delete config['invertible_adapter'];
  }
  const inverse = config['inv_adapter'] ?? null;
  if (inverse !== null && inverse !== 'nice') unsupported(`one with the invertible adapter ${JSON.stringify(inverse)}`);
  if (file.value['version'] === undefined && typeof config['non_linearity'] === 'string')
    config['non_linearity'] = RENAMED.get(config['non_linearity']) ?? config['non_linearity'];
  for (const key of ['mh_adapter', 'output_adapter'])
    if (typeof config[key] !== 'boolean') file.refuse(`config.${key}`, 'true or false');
  if (typeof config['non_linearity'] !== 'string') file.refuse('config.non_linearity', 'the name of an activation');
  return config;
}

const RENAMED = new Map([
  ['gelu', 'gelu_new'],
  ['gelu_orig', 'gelu'],
]);

/** Layers that the configuration leaves without an adapter. */
export function leftOut(file: ConfigFile, options: Options): ReadonlySet<number> {
  const layers = options['leave_out'] ?? [];
  if (!Array.isArray(layers) || !layers.every((layer) => Number.isSafeInteger(layer)))
    return file.refuse('config.leave_out', 'a list of layers');
  return new Set(layers as number[]);
}

/** The width of a layer's bottleneck: `hidden / reduction_factor`, rounded down, at least 1. */
export function bottleneckSize(file: ConfigFile, options: Options, layer: number, hidden: number): number {
  const given = options['reduction_factor'] ?? null;
  const byLayer: Options = typeof given === 'object' ? ((given ?? {}) as Options) : { default: given };
  const factor = byLayer[String(layer)] ?? byLayer['default'];
  if (typeof factor !== 'number' || !(factor > 0))
    return file.refuse('config.reduction_factor', `a number above 0 for layer ${layer}`);
  return Math.max(1, Math.floor(hidden / factor));
}

import { ATTENTION_LOCATIONS, AdapterFusionError, type JsonValue } from '@adapterfusion/contracts';
import type { StoredTensor } from '@adapterfusion/checkpoint';
import { leftOut } from './adapter-config.js';
import type { ConfigFile } from './config-file.js';
import { layersOf } from './site-names.js';

type Options = { readonly [key: string]: JsonValue };

/** True for the configuration of LoRA or (IA)³: the reference has one for both. */
export const isLora = (file: ConfigFile): boolean => file.object('config')['architecture'] === 'lora';

/** The plugin that runs such a configuration. */
export const loraPlugin = (options: Options): string =>
  options['composition_mode'] === 'scale' ? '@adapterfusion/adapter-ia3#ia3' : '@adapterfusion/adapter-lora#lora';

/**
 * The reference's configuration as options of our plugins, whose names are the same. Its versions before 1.1.0 did not
 * scale by `alpha`.
 * @throws UNSUPPORTED for DoRA and VeRA
 */
export function loraOptions(file: ConfigFile): Options {
  const { architecture: _, ...config } = file.object('config');
  const { r, composition_mode: mode } = config;
  if (typeof r !== 'number' || !Number.isSafeInteger(r) || r < 1)
    return file.refuse('config.r', 'a rank of at least 1');
  if (mode !== 'add' && mode !== 'scale') return file.refuse('config.composition_mode', '"add" or "scale"');
  for (const key of ['use_dora', 'vera_d', 'vera_b'])
    if (config[key])
      throw new AdapterFusionError('UNSUPPORTED', {
        at: `${file.at}: config.${key}`,
        expected: 'LoRA or (IA)³',
        got: key === 'use_dora' ? 'DoRA' : 'VeRA',
        fix: 'Train one of these, or use the adapter with the Python library.',
      });
  return { ...config, dtype: null, ...(ignoredAlpha(file) ? { alpha: r } : {}) };
}

function ignoredAlpha(file: ConfigFile): boolean {
  const version = file.value['version'];
  const [, major = 1, minor = 1] = /^adapters\.(\d+)\.(\d+)/.exec(typeof version === 'string' ? version : '') ?? [];
  return Number(major) < 1 || (Number(major) === 1 && Number(minor) < 1);
}

/** Locations that the options name, with the widths of what enters and leaves. */
function locationsOf(file: ConfigFile, options: Options, width: number, inner: number): [string, number, number][] {
  const matrices = options['attn_matrices'] ?? [];
  if (!Array.isArray(matrices) || !matrices.every((letter) => Object.hasOwn(ATTENTION_LOCATIONS, String(letter))))
    return file.refuse('config.attn_matrices', 'a list of "q", "k", "v", "o"');
  return [
    ...(options['selfattn_lora'] === true
      ? matrices.map((letter): [string, number, number] => [
          ATTENTION_LOCATIONS[letter as keyof typeof ATTENTION_LOCATIONS],
          width,
          width,
        ])
      : []),
    ...(options['intermediate_lora'] === true ? ([['intermediate', width, inner]] as [string, number, number][]) : []),
    ...(options['output_lora'] === true ? ([['output', inner, width]] as [string, number, number][]) : []),
  ];
}

/** The inner width of the feed-forward sub-layer, which no configuration of an adapter names: what the tensors say. */
function innerWidth(tensors: ReadonlyMap<string, StoredTensor>): number {
  for (const [path, { shape }] of tensors) {
    if (path.endsWith('/intermediate/lora_B')) return shape[0] ?? 0;
    if (path.endsWith('/output/lora_A')) return shape[1] ?? 0;
  }
  return 0;
}

/** Shapes by our paths of the parameters that the configuration asks for. */
export function loraShapes(
  file: ConfigFile,
  options: Options,
  width: number,
  tensors: ReadonlyMap<string, StoredTensor>,
): Map<string, readonly number[]> {
  const without = leftOut(file, options);
  const rank = options['r'] as number;
  const shapes = new Map<string, readonly number[]>();
  const layers = Math.max(1, layersOf(tensors.keys()));
  const locations = locationsOf(file, options, width, innerWidth(tensors));
  for (let layer = 0; layer < layers; layer++) {
    if (without.has(layer)) continue;
    for (const [location, enters, leaves] of locations) {
      const at = `${layer}/${location}`;
      if (options['composition_mode'] === 'add') shapes.set(`${at}/lora_A`, [rank, enters]);
      shapes.set(`${at}/lora_B`, [leaves, rank]);
      if (options['use_gating'] === true) shapes.set(`${at}/gate.weight`, [1, enters]).set(`${at}/gate.bias`, [1]);
    }
  }
  return shapes;
}

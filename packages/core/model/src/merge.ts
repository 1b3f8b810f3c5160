import { AdapterFusionError } from '@adapterfusion/contracts';
import { dispose, read, scope } from '@adapterfusion/tensor';
import { lookUp } from './fit.js';
import type { Model } from './model.js';
import type { Values } from './parameters.js';

/** An adapter that is folded into the encoder. */
export interface Merged {
  /** Gives the projections their original values back, bit for bit, and makes the adapter active again. */
  undo(): void;
}

/**
 * Folds the active adapter into the projections it acts at, so that it costs nothing at inference. No adapter is active
 * afterwards. Merging one after another is allowed; undo them in the reverse order.
 * @throws COMPOSITION_INVALID for an unknown adapter, or where it is not what is active alone; UNSUPPORTED for a method
 * that cannot be merged
 */
export async function mergeAdapter(model: Model, name: string): Promise<Merged> {
  const { configured, instance, sites } = lookUp(name, 'adapter', model.adapters);
  const { composition, parameters } = model;
  if (composition !== name)
    throw new AdapterFusionError('COMPOSITION_INVALID', {
      at: name,
      expected: 'the adapter to be active alone',
      got: JSON.stringify(composition) ?? 'none active',
      fix: `Call compose("${name}") first.`,
    });
  const places = model.backbone.sites.flatMap((site) =>
    sites.has(site.name) && site.projection !== undefined ? [{ site, projection: site.projection }] : [],
  );
  if (!configured.plugin.supports.merge || !instance.merge || places.length < sites.size)
    throw new AdapterFusionError('UNSUPPORTED', {
      at: name,
      expected: 'an adapter that can be folded into a projection',
      got: `one of the method "${configured.plugin.id}"`,
      fix: 'Use it unmerged, or train LoRA or IA3.',
    });
  const originals = new Map<string, Values>();
  const merged = new Map<string, Values>();
  const valuesOf = async (path: string): Promise<Values> => {
    const held = parameters.get(path);
    return { shape: [...held.shape], data: Float32Array.from(await read(held)) };
  };
  for (const { site, projection } of places) {
    const paths = { weight: `${projection}.weight`, bias: `${projection}.bias` };
    const linear = { weight: parameters.get(paths.weight), bias: parameters.get(paths.bias) };
    const made = scope(() => instance.merge!(sites.get(site.name)!, linear, site));
    for (const part of ['weight', 'bias'] as const) {
      originals.set(paths[part], await valuesOf(paths[part]));
      merged.set(paths[part], { shape: made[part].shape, data: Float32Array.from(await read(made[part])) });
    }
    dispose(made);
  }
  const write = (values: ReadonlyMap<string, Values>): void => {
    for (const [path, each] of values) parameters.set(path, each);
  };
  write(merged);
  model.compose(undefined);
  return {
    undo() {
      write(originals);
      model.compose(name);
    },
  };
}

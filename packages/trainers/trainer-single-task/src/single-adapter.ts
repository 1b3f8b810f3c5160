import { AdapterFusionError, definePlugin, hash32, option, parseOptions, type Trainer } from '@adapterfusion/contracts';
import { ADAPTER_SETTINGS } from './defaults.js';

/** What the training of a single adapter can be set to. */
export interface SingleTaskAdapterOptions {
  /**
   * Robust AdapterDrop (arXiv 2010.11918): in every step the adapter is left out of the lowest layers, of how many is drawn
   * from 0 to this number. The paper takes all but one. Default 0.
   */
  readonly dropLayers: number;
}

/** Tells these draws apart from other uses of the hash. */
const DROP = 0x64726f70;

/** The lowest layers, none to `most` of them with equal probability: a function of its arguments. */
function lowest(most: number, seed: number, step: number): number[] {
  return [...Array(Math.floor((hash32(seed, step, DROP) / 2 ** 32) * (most + 1))).keys()];
}

const create = ({ dropLayers }: SingleTaskAdapterOptions): Trainer => ({
  defaults: ADAPTER_SETTINGS,
  async *run(ctx) {
    const [adapter, ...more] = ctx.adapters;
    if (adapter === undefined || more.length > 0)
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: 'st-a',
        expected: 'a composition of exactly one adapter',
        got: ctx.adapters.length === 0 ? 'none' : ctx.adapters.join(', '),
        fix: 'Train each adapter by itself, or fuse trained ones with the trainer "fusion".',
      });
    if (dropLayers >= ctx.layers)
      throw new AdapterFusionError('OPTIONS_INVALID', {
        at: 'st-a.dropLayers',
        expected: `less than ${ctx.layers}, the layers of the encoder`,
        got: String(dropLayers),
        fix: `Choose at most ${ctx.layers - 1}.`,
      });
    const { seed } = ctx.settings;
    yield* ctx.loop({
      name: 'st-a',
      trains: ({ kind, name }) => (kind === 'adapter' && name === adapter) || (kind === 'head' && name === ctx.head),
      settings: ctx.settings,
      ...(dropLayers > 0 ? { exclusions: (step) => ({ skip: lowest(dropLayers, seed, step) }) } : {}),
    });
  },
});

/**
 * ST-A, stage 1 of AdapterFusion (arXiv 2005.00247): one adapter and its head train on one task, the backbone is frozen.
 * A run throws COMPOSITION_INVALID when the composition holds no adapter or several, OPTIONS_INVALID when `dropLayers` is not
 * below the encoder's layers.
 */
export const singleTaskAdapter = definePlugin<'trainer', SingleTaskAdapterOptions>({
  kind: 'trainer',
  id: 'st-a',
  packageName: '@adapterfusion/trainer-single-task',
  packageVersion: '0.1.0',
  supports: { resume: true, trains: ['adapter'] },
  options: (input) => parseOptions({ dropLayers: option.number(0, { min: 0, integer: true }) }, input, 'st-a'),
  create,
});

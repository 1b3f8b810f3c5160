import { AdapterFusionError, nearest } from '@adapterfusion/contracts';
import { DEFAULT_SETTINGS } from '@adapterfusion/training';
import type { EvaluateOptions } from './evaluate.js';
import type { FuseOptions } from './fuse.js';
import type { LoadOptions, PredictOptions } from './load.js';
import type { CommonOptions, DataOptions, TrainingOptions } from './options.js';
import type { TrainOptions } from './train.js';

/** Every option of a kind, by name: the compiler refuses one too many or too few. */
type Names<T> = { readonly [K in keyof Required<T>]: true };

const common: Names<CommonOptions> = {
  ...{ backend: true, registry: true, files: true, signal: true, onProgress: true, onWarning: true },
};
const data: Names<DataOptions> = { data: true, dataDir: true, dataOptions: true, metric: true };
const training: Names<TrainingOptions> = {
  ...common,
  ...data,
  ...{ model: true, trainRows: true, validate: true, holdOut: true, measureOn: true, onMeasured: true, cache: true },
  ...{ out: true, overwrite: true, settings: true, head: true, headStart: true, refitHead: true, otherRows: true },
  ...{ force: true, onDamage: true },
};
const train: Names<TrainOptions> = { ...training, strategy: true, adapter: true, compare: true, name: true };
const fuse: Names<FuseOptions> = {
  ...training,
  ...{ adapters: true, fusion: true, strategy: true, name: true, lead: true, own: true, sameLabels: true },
  ...{ compare: true, featureCache: true, answers: true, backboneUnverified: true },
};
const load: Names<LoadOptions> = { ...common, model: true, head: true, backboneUnverified: true };
const evaluate: Names<EvaluateOptions> = { ...load, ...data, split: true, maxLength: true, worst: true };
const predict: Names<PredictOptions> = {
  ...{ batchSize: true, maxLength: true, logits: true, attention: true, onTokens: true, mask: true, skip: true },
  signal: true,
};

/** What is read takes one object of options for several functions: what any of them knows is no mistake. */
const reading = { ...train, ...fuse, ...load, ...evaluate, ...predict };
const KNOWN = { train, fuse, load: reading, evaluate: reading, predict: reading };
const SHOWN = { train, fuse, load, evaluate, predict };

/**
 * Refuses options that a function does not know: they would be passed over without a word.
 * @param at the function
 * @throws OPTIONS_INVALID with the nearest name, or where a setting of the loop belongs
 */
export function checkOptions(given: object, at: keyof typeof KNOWN): void {
  const known = Object.keys(KNOWN[at]);
  const strange = Object.keys(given).find((name) => !known.includes(name));
  if (strange === undefined) return;
  const own = Object.keys(SHOWN[at]);
  const near = nearest(strange, own);
  const setting = own.includes('settings') && strange in DEFAULT_SETTINGS;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: `${at}.${strange}`,
    expected: `one of ${own.join(', ')}`,
    got: JSON.stringify(strange),
    fix: setting
      ? `Put it among the settings: { settings: { ${strange}: … } }.`
      : near === undefined
        ? 'Remove it.'
        : `Did you mean "${near}"?`,
  });
}

import { AdapterFusionError, option, parseOptions, type LoopSettings, type OptionSpec } from '@adapterfusion/contracts';

/** The settings of a loop where neither the user nor the trainer gave any. */
export const DEFAULT_SETTINGS: LoopSettings = Object.freeze({
  epochs: 4,
  batchSize: 16,
  accumulate: 1,
  optimizer: 'adamw',
  momentum: 0,
  learningRate: 5e-4,
  schedule: 'linear',
  warmup: 0.06,
  weightDecay: 0,
  clip: 1,
  patience: 0,
  keep: 'last',
  seed: 0,
  maxLength: 128,
  classWeights: 'none',
  batching: 'length',
  checkpointEvery: 200,
  activationCache: 0,
});

function specs(defaults: LoopSettings): { [K in keyof LoopSettings]: OptionSpec<LoopSettings[K]> } {
  const count = (key: 'epochs' | 'batchSize' | 'accumulate' | 'maxLength') =>
    option.number(defaults[key], { min: 1, integer: true });
  const countOrOff = (key: 'patience' | 'checkpointEvery') => option.number(defaults[key], { min: 0, integer: true });
  return {
    epochs: count('epochs'),
    batchSize: count('batchSize'),
    accumulate: count('accumulate'),
    optimizer: option.choice(defaults.optimizer, ['adamw', 'sgd']),
    momentum: option.number(defaults.momentum, { min: 0, max: 1 }),
    learningRate: option.number(defaults.learningRate, { min: 0 }),
    schedule: option.choice(defaults.schedule, ['linear', 'cosine', 'constant']),
    warmup: option.number(defaults.warmup, { min: 0, max: 1 }),
    weightDecay: option.number(defaults.weightDecay, { min: 0 }),
    clip: option.number(defaults.clip, { min: 0 }),
    patience: countOrOff('patience'),
    keep: option.choice(defaults.keep, ['last', 'best']),
    seed: option.number(defaults.seed, { min: 0, max: 2 ** 32 - 1, integer: true }),
    maxLength: count('maxLength'),
    classWeights: option.choice(defaults.classWeights, ['none', 'balanced']),
    batching: option.choice(defaults.batching, ['length', 'shuffle']),
    checkpointEvery: countOrOff('checkpointEvery'),
    activationCache: option.number(defaults.activationCache, { min: 0 }),
  };
}

/**
 * Complete settings: what the user gave, then the trainer's defaults, then {@link DEFAULT_SETTINGS}.
 * @param at where the user's settings stand, for messages
 * @throws OPTIONS_INVALID with the path of the setting: an unknown one (the nearest name is suggested), a wrong type, a
 * value out of range, a momentum without the optimizer `sgd`
 */
export function resolveSettings(
  user: unknown,
  trainerDefaults: Partial<LoopSettings> = {},
  at = 'settings',
): LoopSettings {
  const own = parseOptions(specs(DEFAULT_SETTINGS), trainerDefaults, 'the trainer’s defaults');
  const settings = parseOptions(specs(own), user, at);
  if (settings.optimizer === 'sgd' || settings.momentum === 0) return settings;
  // The trainer's momentum belongs to an optimizer that the user has replaced.
  if ((user as Partial<LoopSettings>).momentum === undefined) return { ...settings, momentum: 0 };
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: `${at}.momentum`,
    expected: '0 with the optimizer "adamw"',
    got: String(settings.momentum),
    fix: 'Choose the optimizer "sgd", or remove the momentum.',
  });
}

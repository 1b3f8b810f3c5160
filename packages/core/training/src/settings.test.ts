import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, resolveSettings } from './index.js';

describe('resolveSettings', () => {
  it('takes the user’s, then the trainer’s, then the defaults', () => {
    const settings = resolveSettings({ epochs: 2 }, { epochs: 9, learningRate: 1e-4 });
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, epochs: 2, learningRate: 1e-4 });
  });

  it.each([
    [{ learnigRate: 1 }, /settings: .*"learnigRate".*Did you mean "learningRate"\?/],
    [{ epochs: 0 }, /settings\.epochs: expected a whole number of at least 1/],
    [{ epochs: 1.5 }, /settings\.epochs/],
    [{ batchSize: '16' }, /settings\.batchSize/],
    [{ warmup: 2 }, /settings\.warmup: .*at most 1/],
    [{ learningRate: NaN }, /settings\.learningRate/],
    [{ keep: 'first' }, /settings\.keep: expected one of "last", "best"/],
    [{ classWeights: true }, /settings\.classWeights/],
    [{ seed: -1 }, /settings\.seed/],
    [{ optimizer: 'adam' }, /settings\.optimizer: expected one of "adamw", "sgd"/],
    [{ schedule: 'step' }, /settings\.schedule: expected one of "linear", "cosine", "constant"/],
    [{ momentum: 0.9 }, /settings\.momentum: expected 0 with the optimizer "adamw"; got 0\.9/],
    ['fast', /settings: expected an object/],
  ])('refuses %j', (given, message) => {
    expect(() => resolveSettings(given)).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID', message: expect.stringMatching(message) as string }) as Error,
    );
  });

  it('drops the momentum of a trainer whose optimizer the user replaces', () => {
    const defaults = { optimizer: 'sgd', momentum: 0.9 } as const;
    expect(resolveSettings({}, defaults)).toMatchObject(defaults);
    expect(resolveSettings({ optimizer: 'adamw' }, defaults)).toMatchObject({ optimizer: 'adamw', momentum: 0 });
  });

  it('says where the settings stand', () => {
    expect(() => resolveSettings({ clip: -1 }, {}, 'experiment.json: training')).toThrow(
      /experiment\.json: training\.clip/,
    );
  });
});

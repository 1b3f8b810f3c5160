import { describe, expect, it } from 'vitest';
import {
  AdapterFusionError,
  checkName,
  configure,
  definePlugin,
  nearest,
  option,
  parseOptions,
  type ErrorCode,
} from './index.js';

function failure(run: () => unknown): { code: ErrorCode; message: string } {
  try {
    run();
  } catch (error) {
    if (AdapterFusionError.is(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was thrown');
}

const specs = {
  rank: option.number(8, { min: 1, max: 64, integer: true }),
  bias: option.boolean(false),
  init: option.choice<'zero' | 'normal'>('zero', ['zero', 'normal']),
};

describe('parseOptions', () => {
  it('fills in defaults and freezes', () => {
    const options = parseOptions(specs, { rank: 4 }, 'toy');
    expect(options).toEqual({ rank: 4, bias: false, init: 'zero' });
    expect(Object.isFrozen(options)).toBe(true);
  });

  it.each([
    [{ rnak: 4 }, 'Did you mean "rank"?'],
    [{ rank: 2.5 }, 'a whole number of at least 1, at most 64'],
    [{ rank: 0 }, 'toy.rank'],
    [{ rank: 65 }, 'got 65'],
    [{ rank: '4' }, 'got "4"'],
    [{ rank: NaN }, 'a whole number'],
    [{ bias: 1 }, 'true or false'],
    [{ init: 'ones' }, 'one of "zero", "normal"'],
    [[], 'an object of options'],
    [null, 'an object of options'],
  ])('refuses %j', (input, words) => {
    const { code, message } = failure(() => parseOptions(specs, input, 'toy'));
    expect(code).toBe('OPTIONS_INVALID');
    expect(message).toContain(words);
  });

  it('does not take a key that every object has for a known option', () => {
    expect(failure(() => parseOptions(specs, { constructor: 1 }, 'toy')).code).toBe('OPTIONS_INVALID');
  });
});

describe('option names in camel case', () => {
  const reference = {
    reduction_factor: option.number(16),
    factorized_phm_W: option.boolean(true),
    shared_W_phm: option.boolean(false),
    phm_c_init: option.choice('normal', ['normal', 'uniform']),
    value_before_softmax: option.boolean(true),
    dropLayers: option.number(0),
  };
  const defaults = parseOptions(reference, {}, 'toy');

  it.each([
    [{ reductionFactor: 4 }, { reduction_factor: 4 }],
    [{ factorizedPhmW: false }, { factorized_phm_W: false }],
    [{ sharedWPhm: true }, { shared_W_phm: true }],
    [{ phmCInit: 'uniform' }, { phm_c_init: 'uniform' }],
    [
      { valueBeforeSoftmax: false, reduction_factor: 2 },
      { value_before_softmax: false, reduction_factor: 2 },
    ],
    [{ dropLayers: 1 }, { dropLayers: 1 }],
    [{ reductionFactor: undefined, reduction_factor: 4 }, { reduction_factor: 4 }],
  ])('stands for the reference name in %j', (input, expected) => {
    const parsed = parseOptions(reference, input, 'toy');
    expect(parsed).toEqual({ ...defaults, ...expected });
    expect(Object.keys(parsed)).toEqual(Object.keys(reference));
  });

  it.each([
    [{ reductionFactor: 4, reduction_factor: 4 }, 'expected either "reduction_factor" or "reductionFactor"; got both'],
    [{ reductionFaktor: 4 }, 'Did you mean "reductionFactor"?'],
    [{ reduction_faktor: 4 }, 'Did you mean "reduction_factor"?'],
    [{ reductionfactor: 4 }, 'Did you mean "reduction_factor"?'],
    [{ ReductionFactor: 4 }, 'a known option'],
    [{ drop_layers: 4 }, 'Did you mean "dropLayers"?'],
    [{ reductionFactor: '4' }, 'toy.reductionFactor'],
  ])('refuses %j', (input, words) => {
    const { code, message } = failure(() => parseOptions(reference, input, 'toy'));
    expect(code).toBe('OPTIONS_INVALID');
    expect(message).toContain(words);
  });
});

describe('definePlugin', () => {
  const definition = {
    kind: 'adapter',
    packageName: '@someone/toy',
    packageVersion: '1.2.3',
    supports: { roles: ['sublayer'], merge: false, identityAtInit: true },
    options: (input: unknown) => parseOptions(specs, input, 'toy'),
    create: () => {
      throw new TypeError('not needed here');
    },
  } as const;

  it('makes a frozen plugin of this contract version, and configured ones that are data', () => {
    const toy = definePlugin({ ...definition, id: 'toy' });
    expect(toy.plugin.spec).toBe(1);
    expect(Object.isFrozen(toy.plugin)).toBe(true);
    expect(JSON.parse(JSON.stringify(toy({ rank: 2 })))).toEqual({
      plugin: '@someone/toy#toy',
      options: { rank: 2, bias: false, init: 'zero' },
    });
    expect(configure(toy.plugin, { rank: 2 }).options).toEqual(toy({ rank: 2 }).options);
  });

  it.each(['', 'Toy', 'a b', 'a#b', '../x', '1a', 'a-'])('refuses the id %j', (id) => {
    expect(failure(() => definePlugin({ ...definition, id })).code).toBe('NAME_INVALID');
  });
});

describe('names and words', () => {
  it.each(['', 'a,b', 'a.b', '..', 'a/b', 'a\\b', 'a\u0000', 'a\n', ' a', 'a'.repeat(101)])(
    'refuses the name %j',
    (name) => {
      expect(failure(() => checkName(name, 'an adapter')).code).toBe('NAME_INVALID');
    },
  );
  it('takes others as they are', () => expect(checkName('émotions 2-b_c', 'an adapter')).toBe('émotions 2-b_c'));

  it('suggests the nearest word, or none', () => {
    expect(nearest('learning_rat', ['epochs', 'learning_rate'])).toBe('learning_rate');
    expect(nearest('xyz', ['epochs', 'learning_rate'])).toBeUndefined();
  });

  it('knows its errors across copies of the package', () => {
    const error = new AdapterFusionError('USAGE', { at: 'x', expected: 'a', got: 'b', fix: 'Do c.' });
    expect(error.message).toBe('x: expected a; got b. Do c.');
    expect(AdapterFusionError.is(error)).toBe(true);
    const copy = Object.assign(new Error('m'), { code: 'USAGE', [Symbol.for('adapterfusion.error')]: true });
    expect(AdapterFusionError.is(copy)).toBe(true);
    expect(AdapterFusionError.is(new Error('x'))).toBe(false);
    expect(AdapterFusionError.is(undefined)).toBe(false);
  });
});

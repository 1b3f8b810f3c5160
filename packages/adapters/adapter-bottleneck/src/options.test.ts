import { readFileSync } from 'node:fs';
import { identityOf, type Plugin } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { bottleneck, doubleSeqBn, parBn, scaledParBn, seqBn, type BottleneckOptions } from './index.js';

const essential = { mh_adapter: false, output_adapter: true, reduction_factor: 16, non_linearity: 'relu' } as const;
const refused = (
  input: unknown,
  plugin: Plugin<'adapter', BottleneckOptions> = seqBn.plugin,
): { code: string; message: string } => {
  try {
    plugin.options(input);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('not refused');
};

/** `adapter_config.json` as AdapterHub writes it for `seq_bn`. */
const written = {
  adapter_residual_before_ln: false,
  cross_adapter: false,
  dropout: 0.0,
  factorized_phm_W: true,
  factorized_phm_rule: false,
  hypercomplex_nonlinearity: 'glorot-uniform',
  init_weights: 'bert',
  init_weights_seed: null,
  inv_adapter: null,
  inv_adapter_reduction_factor: null,
  is_parallel: false,
  learn_phm: true,
  leave_out: [],
  ln_after: false,
  ln_before: false,
  mh_adapter: false,
  non_linearity: 'relu',
  original_ln_after: true,
  original_ln_before: true,
  output_adapter: true,
  phm_bias: true,
  phm_c_init: 'normal',
  phm_dim: 4,
  phm_init_range: 0.0001,
  phm_layer: false,
  phm_rank: 1,
  reduction_factor: 16,
  residual_before_ln: true,
  scaling: 1.0,
  shared_W_phm: false,
  shared_phm_rule: true,
  stochastic_depth: 0.0,
  use_gating: false,
};

describe('options', () => {
  it('are exactly the keys and values that the reference writes', () => {
    expect(seqBn().options).toEqual(written);
    expect(bottleneck(written as never).options).toEqual(written);
    expect(seqBn.plugin.options(JSON.parse(JSON.stringify(seqBn({ scaling: 'channel' }).options)))).toEqual(
      seqBn({ scaling: 'channel' }).options,
    );
  });

  it('differ between methods as the reference says', () => {
    expect(doubleSeqBn().options).toEqual({
      ...written,
      original_ln_before: false,
      mh_adapter: true,
      non_linearity: 'swish',
    });
    const parallel = {
      ...written,
      original_ln_before: false,
      is_parallel: true,
      reduction_factor: 2,
      init_weights: 'mam_adapter',
    };
    expect(parBn().options).toEqual({ ...parallel, scaling: 4 });
    expect(scaledParBn().options).toEqual({ ...parallel, scaling: 'learned' });
    expect(bottleneck(essential).options).toEqual({ ...written, original_ln_before: false });
  });

  it('take an activation in any case', () => {
    expect(seqBn({ non_linearity: 'GELU' }).options.non_linearity).toBe('gelu');
  });

  it.each([
    [{ reduction_facter: 4 }, 'Did you mean "reduction_factor"?'],
    [{ reduction_factor: 0 }, 'seq_bn.reduction_factor'],
    [{ reduction_factor: '16' }, 'seq_bn.reduction_factor'],
    [{ reduction_factor: {} }, 'seq_bn.reduction_factor'],
    [{ reduction_factor: { first: 4 } }, 'seq_bn.reduction_factor'],
    [{ reduction_factor: { default: -1 } }, 'seq_bn.reduction_factor'],
    [{ non_linearity: 'relo' }, 'Did you mean "relu"?'],
    [{ non_linearity: 3 }, 'seq_bn.non_linearity'],
    [{ init_weights: 'xavier' }, 'seq_bn.init_weights'],
    [{ init_weights_seed: 1.5 }, 'seq_bn.init_weights_seed'],
    [{ scaling: 'all' }, 'seq_bn.scaling'],
    [{ scaling: NaN }, 'seq_bn.scaling'],
    [{ residual_before_ln: 'before' }, 'seq_bn.residual_before_ln'],
    [{ leave_out: [-1] }, 'seq_bn.leave_out'],
    [{ leave_out: 3 }, 'seq_bn.leave_out'],
    [{ dropout: 1 }, 'seq_bn.dropout'],
    [{ ln_before: 'yes' }, 'seq_bn.ln_before'],
    [[], 'an object of options'],
  ])('refuse %j', (input, words) => {
    expect(refused(input)).toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(refused(input).message).toContain(words);
  });

  it.each([
    ['phm_dim', 2],
    ['factorized_phm_W', false],
    ['shared_W_phm', true],
    ['shared_phm_rule', false],
    ['factorized_phm_rule', true],
    ['phm_c_init', 'uniform'],
    ['phm_init_range', 0.1],
    ['learn_phm', false],
    ['hypercomplex_nonlinearity', 'glorot-normal'],
    ['phm_rank', 2],
    ['phm_bias', false],
    ['inv_adapter_reduction_factor', 2],
    ['cross_adapter', true],
    ['stochastic_depth', 0.1],
  ])('refuse %s by name at another value than its default', (key, value) => {
    const error = refused({ [key]: value });
    expect(error.code).toBe('UNSUPPORTED');
    expect(error.message).toContain(`The option "${key}" is not implemented`);
  });

  it.each(Object.keys(essential))('of the general method need %s', (key) => {
    const error = refused({ ...essential, [key]: undefined }, bottleneck.plugin);
    expect(error).toMatchObject({ code: 'OPTIONS_INVALID', at: `bottleneck.${key}` });
  });
});

describe('layers', () => {
  const backbone = { hidden: 32, layers: 2 };

  it.each([
    [{ leave_out: [2] }, 'leave_out'],
    [{ reduction_factor: { '0': 4 } }, 'layer 1'],
  ])('%j does not fit two layers', (options, words) => {
    expect(() => seqBn(options).create(backbone)).toThrow(words);
    expect(() => seqBn(options).create(backbone)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  });

  it('need no factor where they are left out', () => {
    expect(() => seqBn({ reduction_factor: { '0': 4 }, leave_out: [1] }).create(backbone)).not.toThrow();
  });
});

describe('plugins', () => {
  it('are known by the names of the field', () => {
    const names = [seqBn, doubleSeqBn, parBn, scaledParBn, bottleneck].map(({ plugin }) => [
      plugin.id,
      ...(plugin.aliases ?? []),
    ]);
    expect(names).toEqual([
      ['seq_bn', 'pfeiffer'],
      ['double_seq_bn', 'houlsby'],
      ['par_bn', 'parallel'],
      ['scaled_par_bn', 'scaled_parallel'],
      ['bottleneck'],
    ]);
    expect(identityOf(bottleneck.plugin)).toBe('@adapterfusion/adapter-bottleneck#bottleneck');
  });

  it('carry the version of the package', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(seqBn.plugin).toMatchObject({ packageName: manifest['name'], packageVersion: manifest['version'] });
  });
});

import { testAdapter, testFusion } from '@adapterfusion/conformance';
import { provideBackend, type BackendName } from '@adapterfusion/tensor';
import { nativeProvider } from '@adapterfusion/tensor-node';
import { createRegistry } from 'adapterfusion';
import { describe, it } from 'vitest';
import { lacks } from './shared.js';

/** Options with which a method is tested beside its own defaults; of some there are no defaults that fit the small encoder. */
const VARIANTS: Readonly<Record<string, readonly object[]>> = {
  seq_bn: [
    { reduction_factor: 4 },
    { use_gating: true, dropout: 0.3, scaling: 'learned' },
    { ln_before: true },
    { ln_after: true, adapter_residual_before_ln: true, scaling: 'channel' },
  ],
  par_bn: [{ use_gating: true, dropout: 0.3 }],
  bottleneck: [
    {
      mh_adapter: true,
      output_adapter: false,
      reduction_factor: 2,
      non_linearity: 'gelu',
      residual_before_ln: 'post_add',
    },
  ],
  compacter: [{ reduction_factor: 2, phm_dim: 2, phm_c_init: 'uniform' }],
  compacter_pp: [
    { reduction_factor: 2, phm_dim: 2, phm_c_init: 'uniform', shared_W_phm: true },
    { reduction_factor: 2, phm_dim: 2, factorized_phm_rule: true, shared_phm_rule: false, phm_rank: 2 },
  ],
  seq_bn_inv: [{ reduction_factor: 4 }],
  double_seq_bn_inv: [{ reduction_factor: 4 }],
  prefix_tuning: [
    { prefix_length: 3, bottleneck_size: 5 },
    { prefix_length: 2, flat: true, dropout: 0.3, leave_out: [0] },
  ],
  lora: [
    { r: 2, alpha: 2, dropout: 0.3, attn_matrices: ['q', 'k', 'v', 'o'], intermediate_lora: true, output_lora: true },
    { r: 2, use_gating: true, init_weights: 'lora' },
  ],
  ia3: [{ attn_matrices: ['q', 'o'], output_lora: true, alpha: 2, init_weights: 'ia3' }],
  attention: [{ query_before_ln: true, residual_before: true, dropout_prob: 0 }, { temperature: true }],
  scaling: [
    { per: 'number', initial: 'paper' },
    { per: 'vector', shared: 'model', initial: 'paper' },
    { per: 'number', shared: 'layer' },
    { dropout: 0.3, ridge: 0 },
  ],
};

const WITHOUT_DEFAULTS = ['bottleneck', 'compacter', 'compacter_pp', 'prefix_tuning'];

/** Every adapter and fusion of the registry: a new one is tested without being named here. Variants on one backend only. */
export async function describeConformance(backend: BackendName): Promise<void> {
  const registry = createRegistry();
  await registry.provideAll('adapter');
  const lack = lacks(backend, { shared: false });
  describe.skipIf(lack)(lack ?? `conformance on ${backend}`, () => {
    provideBackend(nativeProvider);
    const variants = (id: string): readonly object[] =>
      backend === 'cpu' || WITHOUT_DEFAULTS.includes(id) ? (VARIANTS[id] ?? []) : [];
    for (const { id } of registry.list('adapter'))
      for (const options of [...(WITHOUT_DEFAULTS.includes(id) ? [] : [{}]), ...variants(id)])
        testAdapter({ describe, it }, registry.configure('adapter', id, options), { backend });
    for (const { id } of registry.list('fusion'))
      for (const options of [{}, ...variants(id)])
        testFusion({ describe, it }, registry.configure('fusion', id, options), { backend });
  });
}

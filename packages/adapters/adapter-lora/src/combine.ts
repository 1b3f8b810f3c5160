import {
  AdapterFusionError,
  type AdapterTerm,
  type CombinedAdapter,
  type Params,
  type Tensor,
} from '@adapterfusion/contracts';
import { concat, mul, reshape, scope } from '@adapterfusion/tensor';
import type { LoraOptions } from './options.js';

/**
 * One LoRA that computes the weighted sum of several, `ΔW = Σ diag(w_n) · alpha_n/r_n · B_n A_n`: the A stacked, weight and
 * scale multiplied into the B. Its rank is the sum of the ranks, and its alpha is its rank, so that its own scale is 1.
 * @param options of the adapter that leads
 * @returns tensors that the caller owns
 * @throws UNSUPPORTED for a LoRA with `use_gating`
 */
export function combineLoras(options: LoraOptions, terms: readonly AdapterTerm[]): CombinedAdapter {
  const gated = terms.find((term) => (term.options as LoraOptions).use_gating);
  if (gated)
    throw new AdapterFusionError('UNSUPPORTED', {
      at: gated.name,
      expected: 'an adapter that adds in the same way alone and in a fusion',
      got: 'use_gating: a gate that depends on the input, which a fusion leaves out',
      fix: 'Use the fusion as it is, or train adapters without a gate.',
    });
  const rank = terms.reduce((total, term) => total + (term.options as LoraOptions).r, 0);
  const [{ sites }] = terms as readonly [AdapterTerm];
  return {
    options: { ...options, r: rank, alpha: rank },
    sites: new Map([...sites.keys()].map((name): [string, Params] => [name, scope(() => combineAt(terms, name))])),
  };
}

function combineAt(terms: readonly AdapterTerm[], name: string): Params {
  const up = ({ options, sites }: AdapterTerm): Tensor => {
    const { params, weight } = sites.get(name)!;
    const { alpha, r } = options as LoraOptions;
    return mul(params['lora_B']!, mul(reshape(weight, [weight.size, 1]), alpha / r));
  };
  return {
    lora_A: concat(
      terms.map(({ sites }) => sites.get(name)!.params['lora_A']!),
      0,
    ),
    lora_B: concat(terms.map(up), 1),
  };
}

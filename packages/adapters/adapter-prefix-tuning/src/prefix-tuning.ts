import {
  attentionAdapter,
  checkLeftOut,
  type Adapter,
  type CreateContext,
  type Params,
  type Tensor,
} from '@adapterfusion/contracts';
import { activate, concat, dropout, fill, linear, reshape, scope, slice, tile, transpose } from '@adapterfusion/tensor';
import type { PrefixTuningOptions } from './options.js';

/**
 * Prefix tuning (Li and Liang 2021, arXiv 2101.00190): `prefix_length` keys and values in every layer that all tokens attend to.
 * By default a network that all layers share makes them from an embedding `wte`: `control_trans.2 · act(control_trans.0 · wte)`,
 * of which each layer takes the part that is its own; with `flat` the parameter `control_trans` holds them.
 * @throws OPTIONS_INVALID where the options leave out layers that the backbone lacks, or all of them
 */
export function createPrefixTuning(
  options: PrefixTuningOptions,
  { hidden, layers }: CreateContext['adapter'],
): Adapter {
  checkLeftOut(options.leave_out, layers, 'prefix_tuning');
  const { prefix_length: length, bottleneck_size: inner, flat } = options;
  const own = Array.from({ length: layers }, (_, layer) => layer).filter((layer) => !options.leave_out.includes(layer));
  /** Keys, then values, of each layer that has a prefix, in their order. */
  const width = own.length * 2 * hidden;

  /** `[prefix_length, 2 · hidden]` of a layer. */
  function prefixOf(params: Params, layer: number): Tensor {
    const start = own.indexOf(layer) * 2 * hidden;
    if (flat) return slice(params['control_trans']!, 1, start, 2 * hidden);
    const inside = linear(params['wte.weight']!, params['control_trans.0.weight']!, params['control_trans.0.bias']);
    const weight = slice(params['control_trans.2.weight']!, 0, start, 2 * hidden);
    const bias = slice(params['control_trans.2.bias']!, 0, start, 2 * hidden);
    return linear(activate(options.non_linearity, inside), weight, bias);
  }

  return attentionAdapter({
    tokenwise: true,

    actsAt: ({ role, layer }) => role === 'attention' && own.includes(layer),

    init: () => ({}),

    initShared({ scope: where }, random) {
      if (where !== 'model') return {};
      if (flat) return { control_trans: random.normal([length, width], 1) };
      const layer = (name: string, into: number, out: number): Params => ({
        [`${name}.weight`]: random.uniform([out, into], 1 / Math.sqrt(into)),
        [`${name}.bias`]: random.uniform([out], 1 / Math.sqrt(into)),
      });
      return {
        'wte.weight': random.normal([length, hidden], 1),
        ...layer('control_trans.0', hidden, inner),
        ...layer('control_trans.2', inner, width),
      };
    },

    attention: (params, { site, query, key, value, mask, train, scopeName }) =>
      scope(() => {
        const [batch, heads, , depth] = key.shape as [number, number, number, number];
        const prefix = prefixOf(params, site.layer);
        const before = (which: 'key' | 'value', x: Tensor): Tensor => {
          const part = reshape(slice(prefix, 1, which === 'key' ? 0 : hidden, hidden), [length, heads, depth]);
          const rows = tile(reshape(transpose(part, [1, 0, 2]), [1, heads, length, depth]), [batch, 1, 1, 1]);
          return concat([dropout(rows, options.dropout, train, `${scopeName}/${which}`), x], 2);
        };
        return {
          query,
          key: before('key', key),
          value: before('value', value),
          mask: concat([fill([batch, length], 1), mask], 1),
        };
      }),
  });
}

import type { SiteHook, Params, PassContext, Site, Tensor } from '@adapterfusion/contracts';
import { activate, add, attention, dropout, layerNorm, linear, scope, slice } from '@adapterfusion/tensor';

/** What the layers of one encoder share. */
export interface LayerShape {
  readonly heads: number;
  readonly epsilon: number;
  readonly activation: string;
  /** After each sub-layer and the embeddings. */
  readonly hiddenDropout: number;
  /** After the attention sub-layer, where it differs. */
  readonly attentionOutputDropout?: number;
  /** On the attention's weights. */
  readonly attentionDropout: number;
}

/** Where a layer's parameters lie: paths without `.weight` and `.bias`. */
export interface LayerPaths {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: string;
  readonly intermediate: string;
  readonly output: string;
  readonly outputNorm: string;
}

/** A layer's sites by location. */
export type LayerSites = { readonly [location: string]: Site };

/** The site after the embeddings. */
export const embeddingSite = (hidden: number): Site =>
  Object.freeze({
    ...{ name: 'embeddings/output', role: 'embedding', layer: -1, location: 'embeddings' },
    ...{ inDim: hidden, outDim: hidden },
  });

/** The linear, attention and sublayer sites of one layer, `layer/location`. */
export function layerSites(layer: number, hidden: number, inner: number, paths: LayerPaths): LayerSites {
  const site = (location: string, projection?: string, inDim = hidden, outDim = hidden): [string, Site] => {
    const name = `${layer}/${location}`;
    const at = { name, layer, location, inDim, outDim };
    const role = location === 'attention' ? 'attention' : 'sublayer';
    return [location, Object.freeze(projection ? { ...at, role: 'linear', projection } : { ...at, role })];
  };
  return Object.fromEntries([
    site('query', paths.query),
    site('key', paths.key),
    site('value', paths.value),
    site('attention'),
    site('attention_output', paths.attentionOutput),
    site('mh_adapter'),
    site('intermediate', paths.intermediate, hidden, inner),
    site('output', paths.output, inner, hidden),
    site('output_adapter'),
  ]);
}

/**
 * One post-norm transformer layer (Vaswani et al. 2017; as BERT): self-attention, then feed-forward, each with residual
 * and layer norm, and every site handed to `act`.
 * @param hidden `[batch, time, width]`
 * @param mask `[batch, time]`, 1 for a token and 0 for padding
 * @returns `[batch, time, width]`, the caller's; `[batch, 1, width]` where the pass reads the first token only
 */
export function encoderLayer(
  params: Params,
  paths: LayerPaths,
  sites: LayerSites,
  shape: LayerShape,
  hidden: Tensor,
  mask: Tensor,
  act: SiteHook,
  pass: PassContext,
): Tensor {
  const project = (location: string, path: string, x: Tensor): Tensor =>
    act(sites[location]!, { x, y: linear(x, params[`${path}.weight`]!, params[`${path}.bias`]) });
  const norm = (path: string) => (value: Tensor) =>
    layerNorm(value, params[`${path}.weight`]!, params[`${path}.bias`]!, shape.epsilon);
  const leave = (
    location: string,
    path: string,
    residual: Tensor,
    y: Tensor,
    probability = shape.hiddenDropout,
  ): Tensor => {
    const dropped = dropout(y, probability, pass.train, `${paths.output}/${location}`);
    return act(sites[location]!, { x: residual, y: dropped, residual, norm: norm(path) });
  };
  return scope(() => {
    const attended = scope(() => {
      const asking = pass.tokensUsed === 'first' ? slice(hidden, 1, 0, 1) : hidden;
      const projected = {
        query: project('query', paths.query, asking),
        key: project('key', paths.key, hidden),
        value: project('value', paths.value, hidden),
        mask,
      };
      const { heads } = shape;
      const given = act.attention?.(sites['attention']!, { ...projected, x: asking, heads }) ?? projected;
      const mixed = attention(given.query, given.key, given.value, given.mask, heads, {
        probability: shape.attentionDropout,
        train: pass.train,
        path: paths.query,
      });
      const y = project('attention_output', paths.attentionOutput, mixed);
      return leave('mh_adapter', paths.attentionNorm, asking, y, shape.attentionOutputDropout);
    });
    const inner = activate(shape.activation, project('intermediate', paths.intermediate, attended));
    const y = project('output', paths.output, inner);
    return leave('output_adapter', paths.outputNorm, attended, y);
  });
}

/**
 * Embeddings: their sum, layer norm, dropout.
 * @param tables each `[batch, time, width]` or broadcastable to it
 * @returns `[batch, time, width]`, the caller's
 */
export function sumEmbeddings(
  tables: readonly Tensor[],
  norm: { weight: Tensor; bias: Tensor; epsilon: number },
  probability: number,
  pass: PassContext,
): Tensor {
  return scope(() => {
    const total = tables.reduce((sum, table) => add(sum, table));
    return dropout(layerNorm(total, norm.weight, norm.bias, norm.epsilon), probability, pass.train, 'embeddings');
  });
}

import type { Meaning } from './weights.js';

/** Where an adapter may sit, by the reference's name of the location. */
export const LOCATIONS = ['mh_adapter', 'output_adapter'] as const;

/** Our name of a place by its module in the layers of BERT and RoBERTa, and of DistilBERT. */
const PLACES = new Map([
  ['attention.output', 'mh_adapter'],
  ['output', 'output_adapter'],
  ['attention_adapters', 'mh_adapter'],
  ['output_adapters', 'output_adapter'],
  ['attention.self.query', 'query'],
  ['attention.self.key', 'key'],
  ['attention.self.value', 'value'],
  ['attention.output.dense', 'attention_output'],
  ['intermediate.dense', 'intermediate'],
  ['output.dense', 'output'],
  ['attention.q_lin', 'query'],
  ['attention.k_lin', 'key'],
  ['attention.v_lin', 'value'],
  ['attention.out_lin', 'attention_output'],
  ['ffn.lin1', 'intermediate'],
  ['ffn.lin2', 'output'],
]);

/** The layer and our name of the place that a module's name means: `encoder.layer.0.output.dense`, with any prefix. */
export function placeOf(module: string): { readonly layer: number; readonly location: string } | undefined {
  const [, layer, place = ''] = /(?:^|\.)(?:encoder|transformer)\.layer\.(\d{1,4})\.(.+)$/s.exec(module) ?? [];
  const location = PLACES.get(place);
  return location === undefined ? undefined : { layer: Number(layer), location };
}

/** Names that versions before 3 of the reference's library used for the modules that hold adapters. */
const LEGACY = /^(attention|layer)_text_(task|lang)_adapters$/;

/** Where a module of the reference stands, the module, and what is in it. */
const IN_MODULE =
  /^(.+?)\.(adapters|adapter_fusion_layer|loras|(?:attention|layer)_text_(?:task|lang)_adapters)\.(.+)$/s;

/**
 * What the name of a site's tensor means. The base model's name in front may be missing. Only names of exactly `owner`
 * are its own: the reference's filter lets others through, as those of the fusion `a,b,c` into the file of `a,b`.
 * @param module `adapters`, `adapter_fusion_layer` or `loras`
 * @param parameterOf our name of a parameter, undefined for an unknown one
 */
export function siteMeaning(
  name: string,
  module: string,
  owner: string,
  parameterOf: (rest: string) => string | undefined,
): Meaning {
  const [, place = '', found = '', rest = ''] = IN_MODULE.exec(name) ?? [];
  const at = placeOf(place);
  if (at === undefined || found.replace(LEGACY, 'adapters') !== module) return 'unknown';
  if (!rest.startsWith(`${owner}.`)) return 'foreign';
  const parameter = parameterOf(rest.slice(owner.length + 1));
  return parameter === undefined ? 'unknown' : { path: `${at.layer}/${at.location}/${parameter}` };
}

/** The number of layers that paths speak of: one more than the highest. */
export function layersOf(paths: Iterable<string>): number {
  return Math.max(0, ...Array.from(paths, (path) => Number.parseInt(path) + 1));
}

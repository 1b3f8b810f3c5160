import { AdapterFusionError } from '@adapterfusion/contracts';

/** How the library names the parts of a model type. */
export interface ModelNames {
  readonly modelType: string;
  readonly modelClass: string;
  /** The module of a layer: `bert.encoder.layer.3`. */
  layer(index: number): string;
  /** The module at our location of a layer: `attention.output`. */
  readonly places: { readonly [location: string]: string };
}

const BERT = {
  mh_adapter: 'attention.output',
  output_adapter: 'output',
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  intermediate: 'intermediate.dense',
  output: 'output.dense',
};

const DISTILBERT = {
  mh_adapter: 'attention_adapters',
  output_adapter: 'output_adapters',
  query: 'attention.q_lin',
  key: 'attention.k_lin',
  value: 'attention.v_lin',
  intermediate: 'ffn.lin1',
  output: 'ffn.lin2',
};

const MODELS = new Map([
  ['bert', { modelClass: 'BertAdapterModel', base: 'bert.encoder', places: BERT }],
  ['roberta', { modelClass: 'RobertaAdapterModel', base: 'roberta.encoder', places: BERT }],
  ['xlm-roberta', { modelClass: 'XLMRobertaAdapterModel', base: 'roberta.encoder', places: BERT }],
  ['distilbert', { modelClass: 'DistilBertAdapterModel', base: 'distilbert.transformer', places: DISTILBERT }],
]);

/** @throws UNSUPPORTED for a type of model that is not exported */
export function namesOf(setup: {
  readonly name: string;
  readonly backbone: { readonly modelType?: string };
}): ModelNames {
  const modelType = setup.backbone.modelType ?? '';
  const found = MODELS.get(modelType);
  if (found === undefined)
    throw new AdapterFusionError('UNSUPPORTED', {
      at: setup.name,
      expected: `an encoder of type ${[...MODELS.keys()].join(', ')}`,
      got: JSON.stringify(modelType),
      fix: 'Use the bundle here.',
    });
  return { ...found, modelType, layer: (index) => `${found.base}.layer.${index}` };
}

import { AdapterFusionError } from '@adapterfusion/contracts';

/** How the library names the parts of a model type. */
export interface ModelNames {
  readonly modelType: string;
  readonly modelClass: string;
  /** The base model's module: `bert`. */
  readonly base: string;
  /** The module of a layer: `bert.encoder.layer.3`. */
  layer(index: number): string;
  /** The module at our location of a layer: `attention.output`. */
  readonly places: { readonly [location: string]: string };
  /** The module of the projection at our location of a layer: `attention.self.query`. */
  readonly projections: { readonly [location: string]: string };
}

/** Modules at which the library puts LoRA and (IA)³; it has none for the projection that leaves attention. */
const LIBRARY = ['query', 'key', 'value', 'intermediate', 'output'] as const;

const BERT = {
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  attention_output: 'attention.output.dense',
  intermediate: 'intermediate.dense',
  output: 'output.dense',
};

const DISTILBERT = {
  query: 'attention.q_lin',
  key: 'attention.k_lin',
  value: 'attention.v_lin',
  attention_output: 'attention.out_lin',
  intermediate: 'ffn.lin1',
  output: 'ffn.lin2',
};

const BERT_SUBLAYERS = { mh_adapter: 'attention.output', output_adapter: 'output' };
const DISTILBERT_SUBLAYERS = { mh_adapter: 'attention_adapters', output_adapter: 'output_adapters' };

const MODELS = new Map([
  ['bert', { modelClass: 'BertAdapterModel', base: 'bert.encoder', projections: BERT, sublayers: BERT_SUBLAYERS }],
  [
    'roberta',
    { modelClass: 'RobertaAdapterModel', base: 'roberta.encoder', projections: BERT, sublayers: BERT_SUBLAYERS },
  ],
  [
    'xlm-roberta',
    { modelClass: 'XLMRobertaAdapterModel', base: 'roberta.encoder', projections: BERT, sublayers: BERT_SUBLAYERS },
  ],
  [
    'distilbert',
    {
      modelClass: 'DistilBertAdapterModel',
      base: 'distilbert.transformer',
      projections: DISTILBERT,
      sublayers: DISTILBERT_SUBLAYERS,
    },
  ],
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
  const { modelClass, base, projections, sublayers } = found;
  const places = { ...sublayers, ...Object.fromEntries(LIBRARY.map((location) => [location, projections[location]])) };
  return {
    modelType,
    modelClass,
    places,
    projections,
    base: base.split('.')[0]!,
    layer: (index) => `${base}.layer.${index}`,
  };
}

import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { bertNames, createEncoder, parseBertConfig } from '@adapterfusion/encoder';

/**
 * BERT encoders (Devlin et al. 2019) from a hub folder's `config.json` and tensors. No options.
 * @throws OPTIONS_INVALID for a configuration with missing entries; UNSUPPORTED for another architecture
 */
export const bert = definePlugin<'backbone', Record<string, never>>({
  kind: 'backbone',
  id: 'bert',
  packageName: '@adapterfusion/backbone-bert',
  packageVersion: '0.1.0',
  supports: { roles: ['sublayer', 'linear'] },
  options: (input) => parseOptions({}, input, 'bert'),
  create: (_, { config }) =>
    createEncoder(parseBertConfig(config, 'BERT', ['bert']), bertNames('bert'), { types: 'given' }),
});

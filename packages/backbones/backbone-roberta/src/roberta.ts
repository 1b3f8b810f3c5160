import { definePlugin, parseOptions } from '@adapterfusion/contracts';
import { bertNames, configReader, createEncoder, parseBertConfig } from '@adapterfusion/encoder';

/**
 * RoBERTa encoders (Liu et al. 2019) and XLM-R (Conneau et al. 2020) from a hub folder's `config.json` and tensors: BERT's
 * layers, positions that are counted from the padding id on, one token type for all. No options.
 * @throws OPTIONS_INVALID for a configuration with missing entries; UNSUPPORTED for another architecture
 */
export const roberta = definePlugin<'backbone', Record<string, never>>({
  kind: 'backbone',
  id: 'roberta',
  aliases: ['xlm-roberta'],
  packageName: '@adapterfusion/backbone-roberta',
  packageVersion: '0.1.0',
  supports: { roles: ['sublayer', 'linear'] },
  options: (input) => parseOptions({}, input, 'roberta'),
  create(_, { config }) {
    const parsed = parseBertConfig(config, 'RoBERTa', ['roberta', 'xlm-roberta']);
    const padding = configReader(config, 'RoBERTa').number('pad_token_id', 0, 1);
    return createEncoder(parsed, bertNames('roberta'), { types: 'first', padding });
  },
});

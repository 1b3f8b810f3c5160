import type { Files } from '@adapterfusion/contracts';
import { nodeFiles } from '@adapterfusion/files-node';
import type { Composition, Model } from '@adapterfusion/model';
import { shared } from './shared.js';
import { tinyModelOf } from './tiny-model.js';

export { batchOf, CASES, labelTargets } from './tiny-model.js';

/** Files whose BERT configuration names another dropout. */
function withDropout(probability: number): Files {
  const files = nodeFiles();
  return {
    ...files,
    async read(path) {
      const bytes = await files.read(path);
      if (!path.endsWith('base/config.json')) return bytes;
      const config = JSON.parse(new TextDecoder().decode(bytes)) as object;
      const dropout = { hidden_dropout_prob: probability, attention_probs_dropout_prob: probability };
      return new TextEncoder().encode(JSON.stringify({ ...config, ...dropout }));
    },
  };
}

/**
 * The tiny model from the shared folder.
 * @param dropout of the backbone; 0 as in its own configuration by default
 */
export function tinyModel(
  composition: Composition | null,
  fusionOptions: { dropout_prob?: number } = {},
  dropout = 0,
): Promise<Model> {
  return tinyModelOf(withDropout(dropout), shared('golden/adapterhub-tiny'), composition, fusionOptions);
}

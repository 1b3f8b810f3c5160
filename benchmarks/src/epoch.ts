import { Model } from '@adapterfusion/model';
import { loadEncoder } from '@adapterfusion/runtime';
import { currentBackend } from '@adapterfusion/tensor';
import { resolveSettings, trainLoop } from '@adapterfusion/training';
import { textClassification } from '@adapterfusion/task-text-classification';
import { createRegistry, filesOf } from 'adapterfusion';
import { rteRows } from './rte.js';
import { sharedPlaces } from './shared.js';
import type { Prepared } from './stepper.js';
import { BATCHES_A_STEP, type Work } from './work.js';

/** Stage 1 on RTE, the loop's own settings and batches: a step is the next batches of the epoch. */
export async function epoch({ batch, length }: Work): Promise<Prepared> {
  const registry = createRegistry();
  const { backbone, params, tokenizer } = await loadEncoder(filesOf(), sharedPlaces().model, registry);
  const { rows: pairs, labels } = await rteRows();
  const rows = pairs.map(({ text, pair, label }) => {
    const { ids, types } = tokenizer.encode(text, pair, { maxLength: length });
    return { group: [{ ids, types }], target: label };
  });
  const settings = resolveSettings({ batchSize: batch, maxLength: length });
  const model = new Model(backbone, params);
  model.addAdapter('rte', registry.configure('adapter', 'seq_bn'), { seed: settings.seed });
  model.addHead('rte', registry.configure('head', 'classification'), labels, { seed: settings.seed });
  model.compose('rte');
  const events = trainLoop({
    model,
    tasks: [{ head: 'rte', rows, metrics: ['accuracy'], kind: textClassification().create({ labels }) }],
    phase: { name: 'st-a', trains: ({ kind: of }) => of === 'adapter' || of === 'head', settings },
    padId: tokenizer.padId,
    backend: currentBackend(),
  });
  let [tokens, padded] = [0, 0];
  return {
    answer: `${rows.length} rows of ${rows.reduce((sum, { group: [input] }) => sum + input!.ids.length, 0)} tokens`,
    padding: () => 1 - tokens / padded,
    step: async () => {
      const begun = performance.now();
      for (let batches = 0; batches < BATCHES_A_STEP;) {
        const { value, done } = await events.next();
        if (done) throw new RangeError(`This benchmark has at most ${settings.epochs} epochs.`);
        if (value.type !== 'step') continue;
        [tokens, padded] = [tokens + value.tokens, padded + value.paddedTokens];
        batches++;
      }
      return performance.now() - begun;
    },
  };
}

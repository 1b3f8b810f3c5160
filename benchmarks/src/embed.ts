import type { Registry } from '@adapterfusion/runtime';
import { loadEncoder } from '@adapterfusion/runtime';
import { Model } from '@adapterfusion/model';
import { dispose, read } from '@adapterfusion/tensor';
import { runBatches } from '@adapterfusion/training';
import { filesOf } from 'adapterfusion';

/** A text, or a pair that the encoder reads as one input. */
export interface Texts {
  readonly text: string;
  readonly pair?: string;
}

/**
 * Means over the tokens of texts, divided by their norm, as sentence-transformers embeds them. A backend is open.
 * @param folder of the encoder
 * @returns `[texts, hidden]`, row-major
 */
export async function embed(
  folder: string,
  registry: Registry,
  texts: readonly Texts[],
): Promise<{ readonly values: Float32Array; readonly width: number }> {
  const { backbone, params, tokenizer } = await loadEncoder(filesOf(), folder, registry);
  const width = backbone.hidden;
  const model = new Model(backbone, params);
  const head = registry
    .configure('head', 'classification', { pooling: 'mean' })
    .create({ hidden: width, labels: 2, dropout: 0 });
  const rows = texts.map(({ text, pair }) => ({ group: [tokenizer.encode(text, pair, { maxLength: 128 })] }));
  const values = new Float32Array(rows.length * width);
  for await (const { indices, batch } of runBatches(rows, { batchSize: 32, padId: tokenizer.padId, at: 'texts' })) {
    const { hidden, mask } = model.forward(batch);
    const pooled = model.features(head, { hidden, mask });
    const found = await read(pooled);
    dispose([pooled, hidden, mask]);
    indices.forEach((index, row) => {
      const own = found.subarray(row * width, (row + 1) * width);
      values.set(
        own.map((value) => value / Math.hypot(...own)),
        index * width,
      );
    });
  }
  model.dispose();
  return { values, width };
}

import type { Head } from '@adapterfusion/contracts';
import type { Composition } from '@adapterfusion/model';
import { dispose, read } from '@adapterfusion/tensor';
import { runBatches, type TrainingRow } from '@adapterfusion/training';
import type { CommonOptions } from './options.js';
import type { Session } from './session.js';

/** Rows of a pass, all branches together: what its memory is proportional to. */
const ROWS_AT_ONCE = 64;

/** What heads read, `[inputs, hidden]` row-major, of every branch of one pass; a row with choices is several inputs. */
export interface Features {
  readonly branches: readonly Float32Array[];
  /** Mean over tokens of the first branch's hidden states. */
  readonly embedding: Float32Array;
}

/**
 * Pooled features of rows under several compositions, all in one parallel pass, without dropout.
 * @param head its `pool` is used, and none of its parameters
 * @param compositions one a branch; none of them a parallel block
 * @throws ABORTED
 */
export async function features(
  session: Session,
  rows: readonly TrainingRow[],
  head: Head,
  compositions: readonly Composition[],
  options: CommonOptions,
): Promise<Features> {
  const { model, tokenizer, registry } = session;
  const composition: Composition = { type: 'parallel', children: compositions };
  const count = compositions.length;
  const width = model.backbone.hidden;
  const inputs = rows.flatMap(({ group }) => group.map((input) => ({ group: [input] })));
  const branches = Array.from({ length: count }, () => new Float32Array(inputs.length * width));
  const embedding = new Float32Array(inputs.length * width);
  const meanHead = registry
    .configure('head', 'classification', { pooling: 'mean' })
    .create({ hidden: width, labels: 2, dropout: 0 });
  let done = 0;
  const run = {
    batchSize: Math.max(1, Math.floor(ROWS_AT_ONCE / count)),
    padId: tokenizer.padId,
    signal: options.signal,
    at: 'features',
  };
  for await (const { indices, batch } of runBatches(inputs, run)) {
    const reached = model.forward(batch, { composition });
    const pooled = model.features(head, reached);
    const means = model.features(meanHead, reached);
    const [values, meanValues] = [await read(pooled), await read(means)];
    dispose([pooled, means, reached.hidden, reached.mask]);
    indices.forEach((index, row) => {
      embedding.set(meanValues.subarray(row * width, (row + 1) * width), index * width);
      branches.forEach((target, branch) => {
        const from = (branch * indices.length + row) * width;
        target.set(values.subarray(from, from + width), index * width);
      });
    });
    done += indices.length;
    options.onProgress?.({ stage: 'features', done, total: inputs.length });
  }
  return { branches, embedding };
}

import { AdapterFusionError, type HostBatch } from '@adapterfusion/contracts';
import { lengthOf, pad, evaluationBatches, type TokenRow } from '@adapterfusion/text';
import { yieldToEventLoop } from './yield-to-event-loop.js';

/** How {@link runBatches} divides rows. */
export interface BatchRunOptions {
  /** Rows in a batch; the last one may have fewer. */
  readonly batchSize: number;
  /**
   * Rows that go through a pass together, in their order, since the composition tells them apart by their places
   * (`rowGroup` of a model): then every batch is one such group. Default: any rows may share a batch.
   */
  readonly rowGroup?: number | undefined;
  /** The id that fills rows up; 0 by default. */
  readonly padId?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What is being done, for messages. */
  readonly at: string;
}

/** Rows that go through a model at once. */
export interface RowBatch {
  /** Their places among all rows. */
  readonly indices: readonly number[];
  readonly batch: HostBatch;
}

/**
 * The rows batch by batch, for a pass without gradients: longest first, or in their order where the composition depends on
 * it. Lets the event loop turn before each batch.
 * @throws ABORTED when the signal is raised between two batches
 */
export async function* runBatches(
  rows: readonly TokenRow[],
  { batchSize, rowGroup, padId = 0, signal, at }: BatchRunOptions,
): AsyncGenerator<RowBatch, void, void> {
  for (const indices of evaluationBatches(rows.map(lengthOf), rowGroup ?? batchSize, rowGroup !== undefined)) {
    await yieldToEventLoop();
    if (signal?.aborted)
      throw new AdapterFusionError('ABORTED', {
        at,
        expected: 'to go on to the end',
        got: 'the signal to stop',
        fix: 'Start again.',
      });
    const batch = pad(
      indices.map((index) => rows[index]!),
      { padId },
    );
    yield { indices, batch };
  }
}

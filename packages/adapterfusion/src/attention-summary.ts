import { dispose, mul, read, scope, sum, tensor } from '@adapterfusion/tensor';
import { lengthOf, pad, sequentialBatches, type TokenRow } from '@adapterfusion/text';
import type { AttentionSummary } from './events.js';
import { pause } from './pause.js';
import type { Session } from './session.js';

/** Mean fusion weights by site over the tokens of rows (the paper's Figure 4). */
export async function fusionAttention(
  { model, tokenizer }: Session,
  rows: readonly TokenRow[],
  head: string,
  signal: AbortSignal | undefined,
): Promise<AttentionSummary> {
  const totals = new Map<string, { names: readonly string[]; sums: number[] }>();
  for (const indices of sequentialBatches(rows.map(lengthOf), 32)) {
    await pause(signal, 'attention');
    const batch = pad(
      indices.map((index) => rows[index]!),
      { padId: tokenizer.padId },
    );
    const { logits, attention } = model.classify(batch, { head, attention: true });
    dispose(logits);
    for (const { site, names, weights } of attention) {
      const perRow = scope(() => {
        const mask = tensor(batch.mask, [...batch.shape, 1]);
        return sum(mul(weights, mask), [0, 1]);
      });
      const values = await read(perRow);
      dispose([perRow, weights]);
      const total = totals.get(site.name) ?? { names, sums: names.map(() => 0) };
      values.forEach((value, child) => (total.sums[child]! += value));
      totals.set(site.name, total);
    }
  }
  const adapters = [...new Set([...totals.values()].flatMap(({ names }) => names))];
  const sites = [...totals].map(([site, { names, sums }]) => {
    const all = sums.reduce((a, b) => a + b, 0);
    return { site, weights: adapters.map((name) => (sums[names.indexOf(name)] ?? 0) / all) };
  });
  return { adapters, sites };
}

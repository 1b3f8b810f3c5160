import type { Site } from '@adapterfusion/contracts';
import type { Model } from '@adapterfusion/model';
import { dispose, mul, read, scope, sum, tensor } from '@adapterfusion/tensor';
import type { TokenRow } from '@adapterfusion/text';
import { runBatches } from '@adapterfusion/training';
import type { AttentionSummary } from './events.js';
import type { Session } from './session.js';

/** Sums of weights over tokens at a site. */
interface SiteTotal {
  readonly fusion: string;
  readonly site: Site;
  readonly names: readonly string[];
  readonly sums: number[];
  tokens: number;
}

/** Mean fusion weights by site over the tokens of rows (the paper's Figure 4). */
export async function fusionAttention(
  { model, tokenizer }: Session,
  rows: readonly TokenRow[],
  head: string,
  signal: AbortSignal | undefined,
): Promise<AttentionSummary> {
  const totals = new Map<string, SiteTotal>();
  const run = { batchSize: 32, rowGroup: model.rowGroup(), padId: tokenizer.padId, signal, at: 'attention' };
  for await (const { batch } of runBatches(rows, run)) {
    const tokens = batch.mask.reduce((total, each) => total + each, 0);
    const { logits, attention } = model.classify(batch, { head, attention: true });
    dispose(logits);
    for (const { fusion, site, names, weights } of attention) {
      const perRow = scope(() => {
        const mask = tensor(batch.mask, [...batch.shape, 1]);
        return sum(mul(weights, mask), [0, 1]);
      });
      const values = await read(perRow);
      dispose([perRow, weights]);
      const total = totals.get(site.name) ?? { fusion, site, names, sums: names.map(() => 0), tokens: 0 };
      values.forEach((value, child) => (total.sums[child]! += value));
      total.tokens += tokens;
      totals.set(site.name, total);
    }
  }
  return summary(model, [...totals.values()]);
}

async function summary(model: Model, totals: readonly SiteTotal[]): Promise<AttentionSummary> {
  const adapters = [...new Set(totals.flatMap(({ names }) => names))];
  const isFree = (fusion: string): boolean => model.fusions.get(fusion)!.configured.plugin.supports.weights === 'free';
  const sites = [];
  for (const total of totals) {
    const { site, names, sums, tokens } = total;
    const inOrder = (values: readonly number[]): number[] => adapters.map((name) => values[names.indexOf(name)] ?? 0);
    const spread = await spreadOf(model, total);
    sites.push({
      site: site.name,
      weights: inOrder(sums.map((each) => each / tokens)),
      ...(spread ? { spread: inOrder(spread) } : {}),
    });
  }
  return { adapters, sites, ...(totals.some(({ fusion }) => isFree(fusion)) ? { free: true } : {}) };
}

/** Standard deviations over the channels of the weights that do not depend on tokens; undefined where there are none. */
async function spreadOf(model: Model, { fusion, site, names }: SiteTotal): Promise<number[] | undefined> {
  const { instance, sites, children, folded } = model.fusions.get(fusion)!;
  if (!instance.linearWeights || folded) return undefined;
  const positions = names.map((name) => children.indexOf(name));
  const weights = instance.linearWeights(sites.get(site.name)!, site, positions);
  const channels = weights.shape[1]!;
  const values = await read(weights);
  weights.dispose();
  if (channels === 1) return undefined;
  return names.map((_, child) => {
    const own = values.subarray(child * channels, (child + 1) * channels);
    const mean = own.reduce((a, b) => a + b, 0) / channels;
    return Math.sqrt(own.reduce((total, each) => total + (each - mean) ** 2, 0) / channels);
  });
}

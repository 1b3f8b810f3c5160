import type { Files } from '@adapterfusion/contracts';
import { planBatches } from '@adapterfusion/text';
import { KINDS, silverRow, type SilverKind, type SilverRow } from './silver-rows.js';

/** Rows of a data set. */
export interface SilverSet {
  readonly train: readonly SilverRow[];
  readonly validation: readonly SilverRow[];
}

const TRAIN_ROWS = 1000;
const VALIDATION_ROWS = 500;
const SEED = 0;

/** The largest shares of rows without an entity or label, and of rows with one label of several possible ones. */
const SHARES = { none: 0.1, 'one label': 0.5, enough: 1 } as const;

const normalised = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ');

/**
 * Draws a data set from paragraphs, in an order that depends only on their number. A paragraph gives at most one row, and no
 * two rows have the same text.
 * @param sizes rows of each part; the validation rows are drawn first
 * @throws Error where the paragraphs give too few rows
 */
export function drawSet(
  kind: SilverKind,
  paragraphs: readonly string[],
  sizes = { train: TRAIN_ROWS, validation: VALIDATION_ROWS },
): SilverSet {
  const wanted = sizes.train + sizes.validation;
  const order = { batchSize: Math.max(1, paragraphs.length), seed: SEED, epoch: 0, batching: 'shuffle' } as const;
  const rows: SilverRow[] = [];
  const texts = new Set<string>();
  const counts = { none: 0, 'one label': 0, enough: 0 };
  for (const index of planBatches({ length: paragraphs.length }, order).flat()) {
    if (rows.length === wanted) break;
    const row = silverRow(kind, paragraphs[index]!);
    if (!row || texts.has(normalised(row.text))) continue;
    if (counts[row.amount] + 1 > SHARES[row.amount] * (rows.length + 1)) continue;
    counts[row.amount]++;
    texts.add(normalised(row.text));
    rows.push(row);
  }
  if (rows.length < wanted) throw new Error(`${kind}: expected a corpus that gives ${wanted} rows; got ${rows.length}`);
  return { validation: rows.slice(0, sizes.validation), train: rows.slice(sizes.validation) };
}

/** Writes `KIND/train.jsonl` and `KIND/validation.jsonl` of every kind below a folder. */
export async function makeSets(files: Files, paragraphs: readonly string[], out: string): Promise<void> {
  for (const kind of KINDS) {
    const set = drawSet(kind, paragraphs);
    for (const split of ['train', 'validation'] as const) {
      const lines = set[split].map(({ fields }) => `${JSON.stringify(fields)}\n`).join('');
      await files.write(files.join(out, kind, `${split}.jsonl`), new TextEncoder().encode(lines));
    }
  }
}

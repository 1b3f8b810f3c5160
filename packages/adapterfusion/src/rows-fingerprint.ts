import { sha256 } from '@adapterfusion/checkpoint';
import type { Example } from '@adapterfusion/contracts';

/**
 * SHA-256 of rows' texts and labels, in any order: equal for two sets of training rows exactly where the rows are the same.
 * @param labels names of the labels; none where a label is a number or a choice
 */
export function rowsFingerprint(rows: readonly Example[], labels: readonly string[]): Promise<string> {
  const lines = rows.map(({ text, pair, choices, label }) =>
    JSON.stringify([text, choices ?? pair ?? null, labels[label!] ?? label ?? null]),
  );
  return sha256(lines.sort().join('\n'));
}

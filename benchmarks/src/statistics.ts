/** The middle of some numbers, the mean of the two middle ones where they are even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * The median with an interval that holds the true one with a probability of at least 90 %, from order statistics: for any
 * distribution. Under five values it is all of them, which holds it less often.
 */
export function medianInterval(values: readonly number[]): { median: number; low: number; high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  // The k smallest of a fair coin's outcomes that together have at most 5 %.
  let [outside, share, term] = [0, 0, 0.5 ** count];
  while (share + term <= 0.05) {
    share += term;
    outside++;
    term *= (count - outside + 1) / outside;
  }
  const cut = Math.max(0, outside - 1);
  return { median: median(sorted), low: sorted[cut]!, high: sorted[count - 1 - cut]! };
}

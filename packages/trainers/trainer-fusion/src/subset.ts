import { hash32 } from '@adapterfusion/contracts';

/** Tells these draws apart from other uses of the hash. */
const SUBSET = 0x73756273;

/**
 * The names that take no part in a step: all but `count`, every choice of so many as likely as any other (the first places
 * of a Fisher–Yates shuffle). A function of its arguments.
 */
export function leftOutOf(names: readonly string[], count: number, seed: number, step: number): string[] {
  const order = [...names];
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor((hash32(seed, step, SUBSET, at) / 2 ** 32) * (order.length - at));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order.slice(count);
}

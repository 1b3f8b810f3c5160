/** The largest difference of two lists of numbers. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let index = 0; index < a.length; index++) most = Math.max(most, Math.abs(a[index]! - b[index]!));
  return most;
}

/** Nested lists of numbers, flat. */
export function flat(nested: unknown): number[] {
  return (nested as unknown[]).flat(9) as number[];
}

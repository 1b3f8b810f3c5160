import { hash32 } from '@adapterfusion/contracts';

/**
 * The numbers 0 … count − 1 in an order that depends on nothing but the arguments (Fisher–Yates; the i-th draw is a
 * hash of seed, epoch, stream and i).
 * @param seed a whole number; all 53 bits count
 * @param stream tells apart orders of the same epoch
 */
export function seededOrder(count: number, seed: number, epoch: number, stream: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  const high = Math.floor(seed / 2 ** 32);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((hash32(seed, high, epoch, stream, i) * (i + 1)) / 2 ** 32);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

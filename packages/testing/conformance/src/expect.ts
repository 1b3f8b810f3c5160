import { AdapterFusionError, type ErrorCode } from '@adapterfusion/contracts';

/** Fails a test. @param expected what was expected, as a phrase */
export function ensure(condition: boolean, expected: string): asserts condition {
  if (!condition) throw new Error(`expected ${expected}`);
}

/** The largest difference of two lists of numbers; infinite where their lengths differ or one is not a number. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let index = 0; index < a.length; index++) {
    const far = Math.abs(a[index]! - b[index]!);
    if (!(far <= most)) most = Number.isNaN(far) ? Infinity : far;
  }
  return most;
}

/** Numbers that are equal but for rounding: `within` of the largest of them, at least of 1. */
export function ensureClose(got: ArrayLike<number>, wanted: ArrayLike<number>, what: string, within = 1e-5): void {
  const largest = Array.from(wanted).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const far = farthest(got, wanted);
  ensure(far <= within * largest, `${what} to be equal to ${within}; they differ by ${far}`);
}

/** Numbers that differ somewhere by more than rounding. */
export function ensureDifferent(got: ArrayLike<number>, other: ArrayLike<number>, what: string): void {
  ensure(got.length === other.length && farthest(got, other) > 1e-4, `${what} to differ`);
}

/** @returns what was thrown, or undefined */
export async function thrownBy(body: () => unknown): Promise<unknown> {
  try {
    await body();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** An error of one of these codes. */
export async function ensureRefused(body: () => unknown, codes: readonly ErrorCode[], what: string): Promise<void> {
  const thrown = await thrownBy(body);
  const got = AdapterFusionError.is(thrown) ? thrown.code : thrown instanceof Error ? thrown.message : 'no error';
  ensure(codes.includes(got as ErrorCode), `${what} to be refused with ${codes.join(' or ')}; got ${got}`);
}

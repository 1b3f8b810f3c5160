import { AdapterFusionError } from '@adapterfusion/contracts';
import type { Numbers, Proof } from './prove.js';

/** The farthest that two backends are apart in one kind of numbers. */
export interface Difference {
  readonly what: 'outputs' | 'gradients' | 'losses' | 'weights';
  /** Outputs and losses: absolute. Gradients and weights: over the largest entry of their tensor. */
  readonly largest: number;
  /** Which tensor that is. */
  readonly at: string;
  readonly limit: number;
  readonly passed: boolean;
}

/** How one backend's proof compares with another's. */
export interface ProofComparison {
  readonly differences: readonly Difference[];
  /** Dropout masks are the same to the bit. */
  readonly masks: boolean;
  /** No tensor was left behind by the one that is compared. */
  readonly clean: boolean;
  readonly passed: boolean;
}

const LIMITS = { outputs: 1e-5, gradients: 1e-4, losses: 1e-5, weights: 1e-4 } as const;

/**
 * Compares what two backends computed.
 * @param reference usually that of `cpu`
 * @throws CHECKPOINT_INVALID when they are of different versions, or hold other numbers
 */
export function compareProofs(reference: Proof, other: Proof): ProofComparison {
  if (reference.version !== other.version) throw unlike(`version ${reference.version}`, `version ${other.version}`);
  const difference = (what: Difference['what'], ours: Numbers, theirs: Numbers, relative: boolean): Difference => {
    const { largest, at } = farthest(ours, theirs, relative);
    return { what, largest, at, limit: LIMITS[what], passed: largest <= LIMITS[what] };
  };
  const differences = [
    difference('outputs', reference.outputs, other.outputs, false),
    difference('gradients', reference.gradients, other.gradients, true),
    difference('losses', { losses: reference.losses }, { losses: other.losses }, false),
    difference('weights', reference.weights, other.weights, true),
  ];
  const masks = reference.masks === other.masks;
  const clean = other.leaked === 0;
  return { differences, masks, clean, passed: masks && clean && differences.every(({ passed }) => passed) };
}

function farthest(reference: Numbers, other: Numbers, relative: boolean): { largest: number; at: string } {
  const names = Object.keys(reference);
  const theirs = Object.keys(other);
  if (names.join() !== theirs.join()) throw unlike(names.join(', '), theirs.join(', '));
  let worst = { largest: 0, at: names[0] ?? '' };
  for (const name of names) {
    const [want, got] = [reference[name]!, other[name]!];
    if (want.length !== got.length) throw unlike(`${want.length} numbers of ${name}`, String(got.length));
    const scale = relative ? Math.max(...want.map(Math.abs), Number.MIN_VALUE) : 1;
    for (const [index, value] of want.entries()) {
      const apart = Math.abs(value - got[index]!) / scale;
      // Not a number is farther than anything.
      if (!(apart <= worst.largest)) worst = { largest: Number.isNaN(apart) ? Infinity : apart, at: name };
    }
  }
  return worst;
}

const unlike = (expected: string, got: string): AdapterFusionError =>
  new AdapterFusionError('CHECKPOINT_INVALID', {
    at: 'proof',
    expected,
    got,
    fix: 'Make both with the same version of adapterfusion.',
  });

import type { Tensor } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

/** Which values a cumulative sum counts. */
export interface CumsumOptions {
  /** A place does not count its own value. Default false. */
  readonly exclusive?: boolean;
  /** Sums run from the end of the axis. Default false. */
  readonly reverse?: boolean;
}

type CumsumAttributes = Required<CumsumOptions> & { readonly axis: number };

/** TensorFlow.js computes sums from the end wrong on webgpu, unless the size is a power of two. */
function sums(x: tf.Tensor, { axis, exclusive, reverse }: CumsumAttributes): tf.Tensor {
  const turn = (values: tf.Tensor): tf.Tensor => (reverse ? tf.reverse(values, axis) : values);
  return turn(tf.cumsum(turn(x), axis, exclusive));
}

/** The gradient of TensorFlow.js is wrong unless the axis is the last one. */
const op = defineOp<CumsumAttributes>({
  name: 'AfCumsum',
  forward: ({ x }, attributes) => [sums(x!, attributes)],
  gradient: ([dy], _, attributes) => ({ x: () => sums(dy!, { ...attributes, reverse: !attributes.reverse }) }),
});

/**
 * Sums of all values up to each place along an axis. The gradient is the cumulative sum in the other direction.
 * @param axis counted from the end when negative; default: the last one
 * @returns a tensor of the shape of `x`, the caller's
 * @throws TypeError for an axis that `x` does not have
 */
export function cumsum(x: Tensor, axis = -1, options: CumsumOptions = {}): Tensor {
  const rank = x.shape.length;
  const counted = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(counted) || counted < 0 || counted >= rank)
    throw new TypeError(
      `cumsum: expected an axis of [${x.shape.join(', ')}]; got ${axis}. Pass one from ${-rank} to ${rank - 1}.`,
    );
  const { exclusive = false, reverse = false } = options;
  return op({ x: raw(x) }, { axis: counted, exclusive, reverse })[0]!;
}

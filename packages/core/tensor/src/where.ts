import type { Tensor } from '@adapterfusion/contracts';
import { operand, sumToShape } from './broadcast.js';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

interface WhereAttributes {
  readonly shapes: Readonly<Record<'a' | 'b', readonly number[]>>;
}

const op = defineOp<WhereAttributes>({
  name: 'AfWhere',
  saveInputs: ['condition'],
  forward: ({ condition, a, b }) => [tf.where(tf.notEqual(condition!, 0), a!, b!)],
  gradient: ([dy], [condition], { shapes }) => {
    const chosen = (): tf.Tensor => tf.notEqual(condition!, 0);
    return {
      a: () => sumToShape(tf.where(chosen(), dy!, tf.zerosLike(dy!)), shapes.a),
      b: () => sumToShape(tf.where(chosen(), tf.zerosLike(dy!), dy!), shapes.b),
    };
  },
});

/**
 * `a` where the condition is not 0, `b` elsewhere. The three shapes broadcast. The gradient of an element flows to the
 * operand that was chosen; none flows to the condition. The operand that was not chosen may hold infinite values: they
 * reach neither the result nor the gradient of this operation.
 * @param condition a mask, as comparisons return it
 * @returns a tensor of the broadcast shape, the caller's
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  return tf.tidy(() => {
    const [left, right] = [operand(a), operand(b)];
    return op({ condition: raw(condition), a: left, b: right }, { shapes: { a: left.shape, b: right.shape } })[0]!;
  });
}

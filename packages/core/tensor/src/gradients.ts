import type { Tensor } from '@adapterfusion/contracts';
import { isFrozen } from './create.js';
import { raw } from './define-op.js';
import { tf } from './tfjs.js';

/**
 * Gradients of a scalar by reverse differentiation.
 * @param f computes the scalar; tensors made in it are freed
 * @param parameters by name; only operations that depend on them are differentiated
 * @returns the scalar and one gradient a parameter (zeros where `f` does not depend on it), all the caller's
 * @throws TypeError for a parameter that is frozen
 */
export function gradients(
  f: () => Tensor,
  parameters: ReadonlyMap<string, Tensor>,
): { value: Tensor; gradients: Map<string, Tensor> } {
  const names = [...parameters.keys()];
  const frozen = names.find((name) => isFrozen(parameters.get(name)!));
  if (frozen !== undefined) throw new TypeError(`No gradient can be asked of "${frozen}": it is frozen`);
  const inputs = [...parameters.values()].map(raw);
  return tf.tidy(() => {
    const { value, grads } = tf.engine().gradients(f as () => tf.Tensor, inputs, undefined, true);
    const entries = names.map((name, index) => [name, grads[index] ?? tf.zerosLike(inputs[index]!)] as const);
    for (const [, gradient] of entries) tf.keep(gradient);
    tf.keep(value);
    return { value, gradients: new Map<string, Tensor>(entries) } as unknown as tf.TensorContainer;
  }) as unknown as { value: Tensor; gradients: Map<string, Tensor> };
}

import type { Tensor } from '@adapterfusion/contracts';
import { defineOp as register, raw } from './define-op.js';
import { processWide } from './process-wide.js';
import { tf } from './tfjs.js';

/**
 * An operation with a gradient of its own.
 * @typeParam I names of the inputs
 * @typeParam S names of what the gradient reads
 * @typeParam A settings that are no tensors
 */
export interface CustomOp<I extends string, S extends I | 'output', A extends object> {
  /** Stands in error messages; begin it with the name of your package. */
  readonly name: string;
  readonly inputs: readonly I[];
  /** Which inputs, and whether the result (`'output'`), are kept in memory until the gradient has been computed. */
  readonly saves: readonly S[];
  /** Computes the result with other operations, which are not differentiated. Tensors made in it are freed but the result. */
  forward(inputs: Readonly<Record<I, Tensor>>, attributes: A): Tensor;
  /**
   * The gradient of the loss in each input, as functions that are called only where a gradient is needed. Each returns a
   * tensor of that input's shape; tensors made in it are freed but that one. No gradient flows to an input that is left out.
   * @param dy the gradient in the result, of the result's shape
   */
  gradient(dy: Tensor, saved: Readonly<Record<S, Tensor>>, attributes: A): Readonly<Partial<Record<I, () => Tensor>>>;
}

/** Runs a {@link CustomOp}. The result is the caller's. */
export type CustomOpRun<I extends string, A extends object> = (
  inputs: Readonly<Record<I, Tensor>>,
  ...attributes: object extends A ? [attributes?: A] : [attributes: A]
) => Tensor;

interface Attributes<A> {
  readonly given: A;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** Names of kernels are unique in the process, also where a module is loaded twice. */
const defined = processWide('custom-ops', () => ({ count: 0 }));

/**
 * Defines an operation with a gradient of its own: for formulas whose automatic gradient is slow, stores too much or is
 * numerically poor. The operation runs on every backend, as it is made of other operations. Define it once, at the level of
 * a module: its registration is never removed.
 * @returns a function from inputs by name to the result, which is the caller's. It throws TypeError for an input that is
 *   missing; `gradients` throws TypeError where the gradient of an input has another shape than that input
 * @throws TypeError where an input is called `output`, or `saves` names what is neither an input nor `output`
 */
export function defineOp<I extends string, S extends I | 'output' = I, A extends object = object>(
  op: CustomOp<I, S, A>,
): CustomOpRun<I, A> {
  const { name, inputs } = op;
  const unknown = op.saves.find((each) => each !== 'output' && !inputs.includes(each as I));
  if (unknown !== undefined || inputs.includes('output' as I))
    throw new TypeError(
      `defineOp "${name}": expected saves among the inputs ${inputs.join(', ')} and "output", which is no input; got ${unknown ?? 'an input "output"'}. Rename it.`,
    );
  const saveInputs = inputs.filter((each) => op.saves.includes(each as unknown as S));
  const run = register<Attributes<A>>({
    name: `custom/${name}#${defined.count++}`,
    saveInputs,
    saveOutputs: [op.saves.includes('output' as S)],
    forward: (given, { given: attributes }) => {
      const out = raw(op.forward(given as Readonly<Record<I, tf.Tensor>>, attributes));
      // The tape tells results from inputs by their identity.
      return [Object.values(given).includes(out) ? tf.clone(out) : out];
    },
    gradient: ([dy], kept, { given, shapes }) => {
      const saved = Object.fromEntries([...saveInputs, 'output'].map((each, index) => [each, kept[index]]));
      const thunks = op.gradient(dy!, saved as Record<S, tf.Tensor>, given);
      const checked = (input: I, thunk: () => Tensor): tf.Tensor => {
        const dx = raw(thunk());
        if (!tf.util.arraysEqual(dx.shape, [...shapes[input]!]))
          throw new TypeError(
            `defineOp "${name}": expected a gradient of shape [${shapes[input]!.join(', ')}] for "${input}"; got [${dx.shape.join(', ')}]. Sum over the axes that were broadcast.`,
          );
        // What is saved is freed after this gradient.
        return kept.includes(dx) ? tf.clone(dx) : dx;
      };
      return Object.fromEntries(
        inputs.map((input) => {
          const thunk = thunks[input];
          return [input, () => (thunk ? checked(input, thunk) : tf.zeros([...shapes[input]!]))];
        }),
      );
    },
  });
  return (given, ...[attributes]) => {
    const missing = inputs.find((input) => (given as Partial<Record<I, Tensor>>)[input] === undefined);
    if (missing !== undefined)
      throw new TypeError(
        `defineOp "${name}": expected the inputs ${inputs.join(', ')}; got ${Object.keys(given).join(', ') || 'none'}. Pass "${missing}".`,
      );
    const tensors = Object.fromEntries(inputs.map((input) => [input, raw(given[input])]));
    const shapes = Object.fromEntries(inputs.map((input) => [input, given[input].shape]));
    return run(tensors, { given: (attributes ?? {}) as A, shapes })[0]!;
  };
}

import type { Tensor } from '@adapterfusion/contracts';
import { isSecondCopy } from './process-wide.js';
import { tf } from './tfjs.js';

/** Our tensors are TensorFlow.js tensors; this is where that is said. @internal */
export const raw = (tensor: Tensor): tf.Tensor => tensor as unknown as tf.Tensor;

type Named = Record<string, tf.Tensor>;
type Thunks = Record<string, () => tf.Tensor>;

/** An operation with a gradient of its own, recorded on the tape as one node. @internal */
export interface OpDefinition<A extends object> {
  readonly name: string;
  /** Inputs kept for the gradient. */
  readonly saveInputs?: readonly string[];
  /** Which outputs are kept for the gradient. */
  readonly saveOutputs?: readonly boolean[];
  /** Runs untaped; what it leaves behind beside its results is freed. */
  forward(inputs: Named, attributes: A): tf.Tensor[];
  /**
   * Gradients by input name, each computed only when that input needs one. `saved`: inputs, then outputs. None for what
   * is itself part of a gradient.
   */
  gradient?(dy: tf.Tensor[], saved: tf.Tensor[], attributes: A): Thunks;
}

/** Puts a kernel of a backend's own in the place of another. @internal */
export function replaceKernel(kernelName: string, backendName: string, kernelFunc: tf.KernelFunc): void {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}

const backends = ['cpu', 'wasm', 'tensorflow', 'webgpu', 'webgl'];

/** Registers the operation with every backend, unless another copy has, and returns the function that runs it. @internal */
export function defineOp<A extends object>(op: OpDefinition<A>): (inputs: Named, attributes: A) => tf.Tensor[] {
  const isRegistered = isSecondCopy && tf.getKernel(op.name, 'cpu') !== undefined;
  if (!isRegistered) register(op);
  return (inputs, attributes) => {
    const out = tf
      .engine()
      .runKernel<tf.Tensor | tf.Tensor[]>(op.name, inputs, attributes as unknown as tf.NamedAttrMap);
    return Array.isArray(out) ? out : [out];
  };
}

function register<A extends object>(op: OpDefinition<A>): void {
  for (const backendName of backends)
    tf.registerKernel({
      kernelName: op.name,
      backendName,
      kernelFunc: ({ inputs, attrs }) => tf.tidy(() => op.forward(inputs as unknown as Named, attrs as unknown as A)),
    });
  const { gradient } = op;
  if (gradient)
    tf.registerGradient({
      kernelName: op.name,
      inputsToSave: [...(op.saveInputs ?? [])],
      outputsToSave: [...(op.saveOutputs ?? [])],
      gradFunc: (dy, saved, attributes) => gradient(Array.isArray(dy) ? dy : [dy], saved, attributes as unknown as A),
    });
}

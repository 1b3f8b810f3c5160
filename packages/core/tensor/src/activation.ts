import { AdapterFusionError, nearest, type Tensor } from '@adapterfusion/contracts';
import { defineOp, raw } from './define-op.js';
import { tf } from './tfjs.js';

interface Activation {
  value(x: tf.Tensor): tf.Tensor;
  slope(x: tf.Tensor): tf.Tensor;
}

const { add, mul, sub } = tf;
const tanhCubic = (x: tf.Tensor): tf.Tensor =>
  tf.tanh(mul(Math.sqrt(2 / Math.PI), add(x, mul(0.044715, mul(x, mul(x, x))))));
/** `y = x Φ(x)` with Φ the normal distribution function, which the gradient `Φ + x φ` needs again. */
const gelu = defineOp<object>({
  name: 'AfGelu',
  saveInputs: ['x'],
  saveOutputs: [false, true],
  forward: ({ x }) => {
    const share = add(0.5, mul(0.5, tf.erf(mul(x!, Math.SQRT1_2))));
    return [mul(x!, share), share];
  },
  gradient: ([dy], [x, share]) => ({ x: () => geluGradient({ dy: dy!, x: x!, share: share! }, {})[0]! }),
});
const geluGradient = defineOp<object>({
  name: 'AfGeluGradient',
  forward: ({ dy, x, share }) => {
    const density = mul(1 / Math.sqrt(2 * Math.PI), mul(x!, tf.exp(mul(-0.5, mul(x!, x!)))));
    return [mul(dy!, add(share!, density))];
  },
});
const geluNew: Activation = {
  value: (x) => mul(mul(0.5, x), add(1, tanhCubic(x))),
  slope: (x) => {
    const t = tanhCubic(x);
    const inner = mul(Math.sqrt(2 / Math.PI), add(1, mul(3 * 0.044715, mul(x, x))));
    return add(mul(0.5, add(1, t)), mul(mul(0.5, x), mul(sub(1, mul(t, t)), inner)));
  },
};
const gated = (beta: number): Activation => ({
  value: (x) => mul(x, tf.sigmoid(mul(beta, x))),
  slope: (x) => {
    const s = tf.sigmoid(mul(beta, x));
    return add(s, mul(mul(beta, x), mul(s, sub(1, s))));
  },
});
const silu = gated(1);
const relu: Activation = { value: (x) => tf.relu(x), slope: (x) => tf.step(x) };

/** Names as Hugging Face's configurations write them. */
const activations: Record<string, Activation> = {
  relu,
  gelu_new: geluNew,
  gelu_pytorch_tanh: geluNew,
  quick_gelu: gated(1.702),
  silu,
  swish: silu,
  tanh: { value: (x) => tf.tanh(x), slope: (x) => sub(1, tf.square(tf.tanh(x))) },
  sigmoid: { value: (x) => tf.sigmoid(x), slope: (x) => mul(tf.sigmoid(x), sub(1, tf.sigmoid(x))) },
  leakyrelu: { value: (x) => tf.maximum(x, mul(0.01, x)), slope: (x) => add(0.01, mul(0.99, tf.step(x))) },
  relu6: { value: (x) => tf.clipByValue(x, 0, 6), slope: (x) => mul(tf.step(x), tf.step(sub(6, x))) },
  linear: { value: (x) => tf.clone(x), slope: (x) => tf.onesLike(x) },
};

/** The activations that {@link activate} knows. */
export const ACTIVATIONS: readonly string[] = [...Object.keys(activations), 'gelu'];

/** What the kernels `AfActivation` and `AfActivationGradient` are given. */
export interface ActivationAttributes {
  readonly activation: string;
}

const inputGradient = defineOp<ActivationAttributes>({
  name: 'AfActivationGradient',
  forward: ({ dy, x }, { activation }) => [mul(dy!, activations[activation]!.slope(x!))],
});
const op = defineOp<ActivationAttributes>({
  name: 'AfActivation',
  saveInputs: ['x'],
  forward: ({ x }, { activation }) => [activations[activation]!.value(x!)],
  gradient: ([dy], [x], attributes) => ({ x: () => inputGradient({ dy: dy!, x: x! }, attributes)[0]! }),
});

/**
 * Checks an activation's name; case does not matter.
 * @returns the name in the form {@link activate} takes
 * @throws OPTIONS_INVALID for an unknown one
 */
export function checkActivation(name: string, at: string): string {
  const known = name.toLowerCase();
  if (ACTIVATIONS.includes(known)) return known;
  const near = nearest(known, ACTIVATIONS);
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at,
    expected: `an activation, one of ${ACTIVATIONS.join(', ')}`,
    got: JSON.stringify(name),
    fix: near ? `Did you mean "${near}"?` : 'Choose one of them.',
  });
}

/** Applies an activation by name, elementwise. @returns a tensor of the same shape, the caller's @throws OPTIONS_INVALID */
export function activate(name: string, x: Tensor): Tensor {
  const activation = checkActivation(name, 'activation');
  if (activation !== 'gelu') return op({ x: raw(x) }, { activation })[0]!;
  const [y, share] = gelu({ x: raw(x) }, {});
  share!.dispose();
  return y!;
}

import {
  type ActivationAttributes,
  dropThreshold,
  keyOf,
  spansOf,
  type AdamNumbers,
  type AttentionAttributes,
  type DotsAttributes,
  type DropAttributes,
  type LinearAttributes,
  type MaskAttributes,
  type ProductAttributes,
  type ScaleAttributes,
  type SquareSumAttributes,
} from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
import { runNative, type NativeAttribute } from './binding.js';
import type { KernelLevel } from './kernel-library.js';
import { nativeRandomWords } from './random.js';

type Inputs = Readonly<Record<string, tf.Tensor>>;

/** Puts a kernel in the place of the one that TensorFlow.js or core/tensor has for the native backend. */
function put<A>(name: string, run: (inputs: Inputs, attributes: A) => tf.Tensor | tf.Tensor[]): void {
  const at = { kernelName: name, backendName: 'tensorflow' };
  if (tf.getKernel(at.kernelName, at.backendName)) tf.unregisterKernel(at.kernelName, at.backendName);
  tf.registerKernel({ ...at, kernelFunc: ({ inputs, attrs }) => run(inputs as unknown as Inputs, attrs as A) });
}

/** The same for some inputs and attributes; the others stay with the kernel that is there. */
function putFor<A>(
  name: string,
  fits: (inputs: Inputs, attributes: A) => boolean,
  mine: (inputs: Inputs, attributes: A) => tf.Tensor[],
): void {
  const { kernelFunc } = tf.getKernel(name, 'tensorflow');
  const stock = (inputs: Inputs, attributes: A): tf.Tensor[] =>
    kernelFunc({ inputs, attrs: attributes as unknown as tf.NamedAttrMap, backend: tf.backend() }) as tf.Tensor[];
  put<A>(name, (inputs, attributes) => (fits(inputs, attributes) ? mine : stock)(inputs, attributes));
}

/** Puts TensorFlow's own operations in the place of kernels that are made of JavaScript elsewhere; same bits. */
export function registerNativeKernels(): void {
  put<MaskAttributes>('AfDropoutMask', (_, { shape, probability, seed0, seed1 }) =>
    tf.tidy(() => {
      const words = nativeRandomWords([seed0, seed1], shape) as unknown as tf.Tensor;
      const kept = tf.greaterEqual(words, tf.scalar(dropThreshold(probability), 'int32'));
      return tf.mul(tf.cast(kept, 'float32'), 1 / (1 - probability));
    }),
  );
}

type Attributes = Readonly<Record<string, NativeAttribute>>;

const run = (op: string, attributes: Attributes, inputs: readonly tf.Tensor[], outputs: number): tf.Tensor[] =>
  runNative(op, attributes, inputs, outputs) as unknown as tf.Tensor[];

/** What changes from call to call is a tensor: TensorFlow keeps a kernel for each value of an attribute. */
function withTensor(values: Int32Array | Float32Array, use: (tensor: tf.Tensor) => tf.Tensor[]): tf.Tensor[] {
  const made = tf.tensor1d(values, values instanceof Int32Array ? 'int32' : 'float32');
  const out = use(made);
  made.dispose();
  return out;
}

const randomOf = ({ probability, seed0, seed1 }: DropAttributes): Int32Array =>
  Int32Array.of(...keyOf([seed0, seed1]), dropThreshold(probability));

const scaleOf = ({ probability }: DropAttributes): NativeAttribute => ({ float: 1 / (1 - probability) });

/**
 * Puts the operations of our own library, `native/kernels.cc`, in the place of composed ones. To be called after the library
 * has registered them with TensorFlow.
 * @param level what it is compiled for; without wide vectors, products stay TensorFlow's
 */
export function registerLibraryKernels(level: KernelLevel): void {
  if (level !== 'base') registerProducts();
  put('AfColumnSum', ({ x }) => run('AfColumnSum', {}, [x!], 1));
  putFor(
    'AfAdd',
    ({ a, b }) => a!.dtype === 'float32' && b!.dtype === 'float32',
    ({ a, b }) => run('AfAdd', {}, [a!, b!], 1),
  );
  const isRelu = (_: Inputs, { activation }: ActivationAttributes): boolean => activation === 'relu';
  putFor('AfActivation', isRelu, ({ x }) => run('AfRelu', {}, [x!], 1));
  putFor('AfActivationGradient', isRelu, ({ dy, x }) => run('AfReluGradient', {}, [dy!, x!], 1));
  put<DotsAttributes>('AfGroupDots', ({ a, b }, { owners, groups }) =>
    withTensor(spansOf(owners), (spans) => run('AfGroupDots', { groups: { int: groups } }, [a!, b!, spans], 1)),
  );
  put<ScaleAttributes>('AfGroupScale', ({ x, weights }, { owners, width }) =>
    withTensor(spansOf(owners), (spans) => run('AfGroupScale', { width: { int: width } }, [x!, weights!, spans], 1)),
  );
  put<SquareSumAttributes>('AfSquareSum', ({ x }, { diagonal }) =>
    run('AfSquareSum', { diagonal: { float: diagonal } }, [x!], 1),
  );
  put<SquareSumAttributes>('AfSquareSumGradient', ({ dy, x }, { diagonal }) =>
    run('AfSquareSumGradient', { diagonal: { float: diagonal } }, [dy!, x!], 1),
  );
  put('AfGelu', ({ x }) => run('AfGelu', {}, [x!], 2));
  put('AfGeluGradient', ({ dy, x }) => run('AfGeluGradient', {}, [dy!, x!], 1));
  put<DropAttributes>('AfDropout', ({ x }, drops) =>
    withTensor(randomOf(drops), (random) => run('AfDropout', { scale: scaleOf(drops) }, [x!, random], 2)),
  );

  type Norm = { readonly epsilon: number };
  put<Norm>('AfLayerNorm', ({ x, gamma, beta }, { epsilon }) =>
    run('AfLayerNorm', { epsilon: { float: epsilon } }, [x!, gamma!, beta!], 1),
  );
  put<Norm>('AfLayerNormGradient', ({ dy, x, gamma }, { epsilon }) =>
    run('AfLayerNormGradient', { epsilon: { float: epsilon } }, [dy!, x!, gamma!], 1),
  );
  put<Norm>('AfLayerNormGamma', ({ dy, x }, { epsilon }) =>
    run('AfLayerNormGamma', { epsilon: { float: epsilon } }, [dy!, x!], 1),
  );
  put<AdamNumbers>('AfAdam', ({ parameter, gradient, first, second }, numbers) => {
    const { beta1, beta2, epsilon, kept, rate, root } = numbers;
    const values = Float32Array.of(beta1, 1 - beta1, beta2, 1 - beta2, epsilon, kept, rate, root);
    return withTensor(values, (tensor) => run('AfAdam', {}, [parameter!, gradient!, first!, second!, tensor], 3));
  });
}

function registerProducts(): void {
  for (const name of ['AfLinear', 'AfLinearFrozen'])
    put<LinearAttributes>(name, ({ x, weight, bias }, { transposed }) =>
      bias
        ? run('AfLinear', { transposed: { bool: transposed } }, [x!, weight!, bias], 1)
        : run('AfLinearPlain', { transposed: { bool: transposed } }, [x!, weight!], 1),
    );
  put<ProductAttributes>('AfMatMul', ({ a, b }, { transposeA, transposeB }) =>
    run('AfMatMul', { transpose_a: { bool: transposeA }, transpose_b: { bool: transposeB } }, [a!, b!], 1),
  );

  const attention = ({ heads, ...drops }: AttentionAttributes): Attributes => ({
    heads: { int: heads },
    drops: { bool: drops.probability > 0 },
    scale: scaleOf(drops),
  });
  put<AttentionAttributes>('AfAttention', ({ q, k, v, mask }, attributes) =>
    withTensor(randomOf(attributes), (random) =>
      run('AfAttention', attention(attributes), [q!, k!, v!, mask!, random], 3),
    ),
  );
  put<AttentionAttributes>('AfAttentionGradient', ({ dy, q, k, v, mask, y }, attributes) =>
    withTensor(randomOf(attributes), (random) =>
      run('AfAttentionGradient', attention(attributes), [dy!, q!, k!, v!, mask!, y!, random], 3),
    ),
  );
}

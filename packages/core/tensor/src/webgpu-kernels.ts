import type { AttentionAttributes } from './attention.js';
import { replaceKernel } from './define-op.js';
import type { DropAttributes, MaskAttributes } from './dropout.js';
import type { DotsAttributes, ScaleAttributes } from './groups.js';
import { columnSum } from './linear.js';
import { tf } from './tfjs.js';
import { attentionGradientOf, attentionOf } from './webgpu-attention.js';
import { gelu, geluGradient } from './webgpu-gelu.js';
import { groupDotsOf, groupScaleOf } from './webgpu-groups.js';
import { norm, normGammaRows, normGradient } from './webgpu-norm.js';
import { runElements } from './webgpu-program.js';
import { dropUniforms, KEPT } from './webgpu-random.js';

/** A thread makes one block of random words, for four elements. @param value of an element and its `factors[j]` */
const byBlocks = (value: string): string => `
  ${KEPT}
  fn main(index : i32) {
    let start = index * 4;
    if (start < uniforms.size) {
      let factors = kept(index);
      for (var j = 0; j < 4 && start + j < uniforms.size; j++) {
        setOutputAtIndex(start + j, ${value});
      }
    }
  }
`;
const MASK = byBlocks('factors[j]');
const DROPPED = byBlocks('x[start + j] * factors[j]');

type Named = Readonly<Record<string, tf.Tensor>>;
type Norm = { readonly epsilon: number };

/** What is left in the place of an output that the gradient makes again. */
const nothing = (): tf.Tensor => tf.tensor([], [0]);

/** Puts WGSL in the place of kernels that are made of JavaScript elsewhere. */
export function registerWebgpuKernels(): void {
  const put = <A>(name: string, run: (inputs: Named, attributes: A) => tf.Tensor[]): void =>
    replaceKernel(name, 'webgpu', ({ inputs, attrs }) =>
      tf.tidy(() => run(inputs as unknown as Named, attrs as unknown as A)),
    );

  put<MaskAttributes>('AfDropoutMask', (_, { shape, ...drops }) => [
    runElements({ name: 'AfDropoutMask', code: MASK, inputs: {}, shape, ...dropUniforms(drops) }, 4),
  ]);
  put<DropAttributes>('AfDropout', ({ x }, drops) => {
    const program = { name: 'AfDropout', code: DROPPED, inputs: { x: x! }, shape: x!.shape, ...dropUniforms(drops) };
    return [runElements(program, 4), nothing()];
  });
  put<DotsAttributes>('AfGroupDots', (inputs, attributes) => [groupDotsOf(inputs, attributes)]);
  put<ScaleAttributes>('AfGroupScale', (inputs, attributes) => [groupScaleOf(inputs, attributes)]);
  put('AfGelu', ({ x }) => [gelu(x!), nothing()]);
  put('AfGeluGradient', ({ dy, x }) => [geluGradient(dy!, x!)]);
  put<Norm>('AfLayerNorm', ({ x, gamma, beta }, { epsilon }) => [norm({ x: x!, gamma: gamma!, beta: beta! }, epsilon)]);
  put<Norm>('AfLayerNormGradient', ({ dy, x, gamma }, { epsilon }) => [
    normGradient({ dy: dy!, x: x!, gamma: gamma! }, epsilon),
  ]);
  put<Norm>('AfLayerNormGamma', ({ dy, x }, { epsilon }) =>
    columnSum({ x: normGammaRows({ dy: dy!, x: x! }, epsilon) }, {}),
  );
  put<AttentionAttributes>('AfAttention', attentionOf);
  put<AttentionAttributes>('AfAttentionGradient', attentionGradientOf);
}

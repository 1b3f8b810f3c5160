import { FAR, mergeHeads, splitHeads, type AttentionAttributes } from './attention.js';
import { tf } from './tfjs.js';
import { REDUCTIONS, ROW, runRows, THREADS } from './webgpu-program.js';
import { ALL_KEPT, dropUniforms, KEPT } from './webgpu-random.js';

/** Every element of a row and its factor of the dropout mask, by blocks of four elements of the whole. */
const forEachKept = (body: string): string => `
    for (var block = start / 4 + at; block * 4 < end; block += ${THREADS}) {
      let factors = kept(block);
      for (var j = 0; j < 4; j++) {
        let i = block * 4 + j;
        if (i >= start && i < end) {
          ${body}
        }
      }
    }
`;

/** A program over rows of scores, as they come from the product. @param write what follows the row's maximum, `most` */
const rowProgram = (keeping: string, write: string): string => `
  ${REDUCTIONS}
  ${keeping}
  fn main(index : i32) {
    ${ROW}
    let padding = row / uniforms.sharing * uniforms.width - start;
    var found = -3.4e38;
    for (var i = start + at; i < end; i += ${THREADS}) {
      found = max(found, scores[i] * uniforms.scale + (1.0 - f32(mask[padding + i])) * ${FAR.toExponential()});
    }
    let most = largest(vec2<f32>(found, 0.0)).x;
    ${write}
  }
`;

/** The numerator of the weight at `i`. */
const RAISED = `exp(scores[i] * uniforms.scale + (1.0 - f32(mask[padding + i])) * ${FAR.toExponential()} - most)`;

const weightsOf = (keeping: string): string =>
  rowProgram(
    keeping,
    `
    var sum = 0.0;
    for (var i = start + at; i < end; i += ${THREADS}) { sum += ${RAISED}; }
    let all = total(vec2<f32>(sum, 0.0)).x;
    ${forEachKept(`setOutputAtIndex(i, ${RAISED} / all * factors[j]);`)}
`,
  );

/** With w the weights before dropout and m the mask: `scale w (m dUsed − Σ w m dUsed)`. */
const gradientOf = (keeping: string): string =>
  rowProgram(
    keeping,
    `
    var sums = vec2<f32>(0.0);
    ${forEachKept(`sums += ${RAISED} * vec2<f32>(1.0, factors[j] * dUsed[i]);`)}
    let all = total(sums);
    let mean = all.y / all.x;
    ${forEachKept(`setOutputAtIndex(i, uniforms.scale * ${RAISED} / all.x * (factors[j] * dUsed[i] - mean));`)}
`,
  );

const rows = (
  name: string,
  code: (keeping: string) => string,
  inputs: { scores: tf.Tensor; mask: tf.Tensor; dUsed?: tf.Tensor },
  { scale, drops }: { scale: number; drops: AttentionAttributes },
): tf.Tensor => {
  const { shape } = inputs.scores;
  const [, heads, queries, time] = shape as [number, number, number, number];
  const dropping = drops.probability > 0;
  const { ints, floats } = dropping ? dropUniforms(drops) : { ints: {}, floats: {} };
  return runRows(
    {
      name: dropping ? `${name}Dropping` : name,
      code: code(dropping ? KEPT : ALL_KEPT),
      inputs,
      shape,
      ints: { sharing: heads * queries, ...ints },
      floats: { scale, ...floats },
    },
    time,
  );
};

const used = (scores: tf.Tensor, mask: tf.Tensor, scale: number, drops: AttentionAttributes): tf.Tensor =>
  rows('AfAttentionWeights', weightsOf, { scores, mask }, { scale, drops });

const scaleOf = (q: tf.Tensor, heads: number): number => 1 / Math.sqrt(q.shape[2]! / heads);

type Named = Readonly<Record<string, tf.Tensor>>;

/** Attention; scale, mask, softmax and dropout are one program. For the gradient the products q · k stay, unscaled. @internal */
export function attentionOf({ q, k, v, mask }: Named, attributes: AttentionAttributes): tf.Tensor[] {
  const { heads } = attributes;
  const scores = tf.matMul(splitHeads(q!, heads), splitHeads(k!, heads), false, true);
  const weights = used(scores, mask!, scaleOf(q!, heads), attributes);
  return [mergeHeads(tf.matMul(weights, splitHeads(v!, heads))), scores, tf.tensor([], [0])];
}

/** Its gradients. @param weights the products that {@link attentionOf} kept @internal */
export function attentionGradientOf(
  { dy, q, k, v, mask, weights: scores }: Named,
  attributes: AttentionAttributes,
): tf.Tensor[] {
  const { heads } = attributes;
  const scale = scaleOf(q!, heads);
  const out = splitHeads(dy!, heads);
  const dUsed = tf.matMul(out, splitHeads(v!, heads), false, true);
  const inputs = { scores: scores!, mask: mask!, dUsed };
  const dScores = rows('AfAttentionScores', gradientOf, inputs, { scale, drops: attributes });
  return [
    mergeHeads(tf.matMul(dScores, splitHeads(k!, heads))),
    mergeHeads(tf.matMul(dScores, splitHeads(q!, heads), true, false)),
    mergeHeads(tf.matMul(used(scores!, mask!, scale, attributes), out, true, false)),
  ];
}

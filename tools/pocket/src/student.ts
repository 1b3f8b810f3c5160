import { bert } from '@adapterfusion/backbone-bert';
import type { Backbone, Tensor } from '@adapterfusion/contracts';
import { parameter, parameterRandom, read } from '@adapterfusion/tensor';
import type { Prepared } from './prepare.js';
import { Moments, type Principal } from './principal.js';
import { POSITIONS, type Recipe } from './recipe.js';
import type { Teacher } from './teacher.js';

/** The student's config.json. Its dropout is that of fine-tuning; it is trained without. */
export function studentConfig({ vocabulary, hidden, layers, heads, inner }: Recipe) {
  return {
    architectures: ['BertModel'],
    model_type: 'bert',
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: inner,
    vocab_size: vocabulary,
    max_position_embeddings: POSITIONS,
    type_vocab_size: 2,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-12,
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    initializer_range: 0.02,
    pad_token_id: 0,
    position_embedding_type: 'absolute',
    torch_dtype: 'float16',
  };
}

/** The student's 1_Pooling/config.json, in the layout of sentence-transformers: its text vectors are means over tokens. */
export function poolingConfig({ hidden }: Recipe) {
  return {
    word_embedding_dimension: hidden,
    pooling_mode_cls_token: false,
    pooling_mode_mean_tokens: true,
    pooling_mode_max_tokens: false,
    pooling_mode_mean_sqrt_len_tokens: false,
  };
}

/** The student without its weights, and without dropout. */
export function studentBackbone(recipe: Recipe): Backbone {
  const config = { ...studentConfig(recipe), hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 };
  return bert().create({ config });
}

/** Paths and shapes of what is learned beside the encoder, and left out when it is exported. */
export function extraShapes({ hidden, vocabulary }: Recipe): Map<string, number[]> {
  return new Map([
    ['projection.weight', [hidden, hidden]],
    ['projection.bias', [hidden]],
    ['mlm.dense.weight', [hidden, hidden]],
    ['mlm.dense.bias', [hidden]],
    ['mlm.norm.weight', [hidden]],
    ['mlm.norm.bias', [hidden]],
    ['mlm.bias', [vocabulary]],
  ]);
}

/** Shapes of everything that is learned, by path; no pooler. */
export function studentShapes(recipe: Recipe): Map<string, readonly number[]> {
  const encoder = studentBackbone(recipe).parameters.filter(({ optional }) => !optional);
  return new Map([...encoder.map(({ path, shape }) => [path, shape] as const), ...extraShapes(recipe)]);
}

/**
 * The student before its first step: embeddings are the teacher's along the principal directions of its word embeddings,
 * the map to the teacher's states is the identity, the bias of the language model the logarithm of each piece's
 * frequency, norms are 1 and 0, everything else as in BERT. The tensors are the caller's.
 */
export async function initialStudent(
  recipe: Recipe,
  teacher: Teacher,
  { pieces, rows }: Prepared,
): Promise<Map<string, Tensor>> {
  const { hidden, seed, vocabulary } = recipe;
  const table = async (name: string) => read(teacher.params[`embeddings.${name}.weight`]!);
  const words = await table('word_embeddings');
  const chosen = new Float32Array(vocabulary * teacher.hidden);
  const moments = new Moments(teacher.hidden);
  for (const [row, id] of pieces.entries()) {
    const point = words.subarray(id * teacher.hidden, (id + 1) * teacher.hidden);
    chosen.set(point, row * teacher.hidden);
    moments.addPoint(point);
  }
  const along = moments.principal(hidden);
  const embeddings = new Map([
    ['embeddings.word_embeddings.weight', project(chosen, along)],
    ['embeddings.position_embeddings.weight', project(await table('position_embeddings'), along)],
    ['embeddings.token_type_embeddings.weight', project(await table('token_type_embeddings'), along)],
  ]);
  const result = new Map<string, Tensor>();
  for (const [path, shape] of studentShapes(recipe)) {
    const size = shape.reduce((product, width) => product * width, 1);
    const given = embeddings.get(path)?.slice(0, size) ?? constants(path, size, hidden, rows.ids);
    if (given) result.set(path, parameter(given, shape));
    else {
      const drawn = parameterRandom(seed, path).normal(shape, 0.02);
      result.set(path, parameter(drawn));
      drawn.dispose();
    }
  }
  return result;
}

/** What is not drawn at random; undefined for the rest. */
function constants(path: string, size: number, hidden: number, ids: Int32Array): Float32Array | undefined {
  if (path === 'projection.weight')
    return Float32Array.from({ length: size }, (_, index) => (index % (hidden + 1) === 0 ? 1 : 0));
  if (path === 'mlm.bias') {
    const counts = new Float32Array(size).fill(1);
    for (const id of ids) counts[id]! += 1;
    return counts.map((count) => Math.log(count / (ids.length + size)));
  }
  if (path.endsWith('.bias')) return new Float32Array(size);
  return /[nN]orm\.weight$/.test(path) ? new Float32Array(size).fill(1) : undefined;
}

/** Rows `[rows, width]` along directions, `[rows, count]`. */
function project(rows: Float32Array, { mean, directions }: Principal): Float32Array {
  const width = mean.length;
  const count = directions.length / width;
  const out = new Float32Array((rows.length / width) * count);
  for (let index = 0; index < out.length; index++) {
    const [row, column] = [Math.floor(index / count), index % count];
    let sum = 0;
    for (let at = 0; at < width; at++) sum += rows[row * width + at]! * directions[column * width + at]!;
    out[index] = sum;
  }
  return out;
}

import { configure } from '@adapterfusion/contracts';
import { Model, type Composition, type HostBatch } from '@adapterfusion/model';
import { dispose, openBackend, parameterRandom, read } from '@adapterfusion/tensor';
import { tf } from '@adapterfusion/tensor/tfjs';
import { createRegistry } from 'adapterfusion';

/*
 * `npm run wasm-products`: a training step on wasm over the sum of its products, each timed alone as an untransposed 2-D
 * one. In processor time, which other programs disturb less; medians of five. One JSON object a case.
 */

const SHAPE = { hidden: 384, layers: 6, heads: 12, inner: 1536 };
const [BATCH, TIME, STEPS] = [8, 128, 5];

const processor = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** A model of random weights with adapters, stage 1 for one of them or stage 2 for their fusion. */
function modelOf(adapters: number): Model {
  const registry = createRegistry();
  const config = {
    model_type: 'bert',
    hidden_size: SHAPE.hidden,
    num_hidden_layers: SHAPE.layers,
    num_attention_heads: SHAPE.heads,
    intermediate_size: SHAPE.inner,
    vocab_size: 1000,
  };
  const backbone = configure(registry.get('backbone', 'bert')).create({ config });
  const params = Object.fromEntries(
    backbone.parameters.map(({ path, shape }) => {
      const random = parameterRandom(5, path);
      return [path, /LayerNorm\.weight$/.test(path) ? random.constant(shape, 1) : random.normal(shape, 0.05)];
    }),
  );
  const model = new Model(backbone, params);
  const children = Array.from({ length: adapters }, (_, index) => `a${index}`);
  for (const name of children) model.addAdapter(name, registry.configure('adapter', 'seq_bn'), { seed: 1 });
  model.addHead('task', registry.configure('head', 'classification'), ['no', 'yes'], { seed: 1 });
  const node = { type: 'fuse', fusion: 'f', lead: children.at(-1)!, inputs: 'own', children } as const;
  if (adapters > 1) model.addFusion(registry.configure('fusion', 'attention'), node, { seed: 1 });
  model.compose((adapters > 1 ? node : 'a0') satisfies Composition);
  model.parameters.setTrainable((path) => (adapters > 1 ? /^(fusions|heads)\// : /^(adapters|heads)\//).test(path));
  return model;
}

/** Shapes `rows × inner × columns` of a step's products, and how often each is computed. */
type Products = Map<string, number>;

/** Counts what goes through the product's kernel; attention computes its own, head by head. */
function countProducts(): { found: Products; stop(): void } {
  const found: Products = new Map();
  const add = (rows: number, inner: number, columns: number, count = 1): void => {
    const key = `${rows}×${inner}×${columns}`;
    found.set(key, (found.get(key) ?? 0) + count);
  };
  const stock = tf.getKernel('BatchMatMul', 'wasm');
  const replace = (kernelFunc: tf.KernelFunc): void => {
    tf.unregisterKernel('BatchMatMul', 'wasm');
    tf.registerKernel({ ...stock, kernelFunc });
  };
  replace((given) => {
    const [a, b] = [given.inputs['a']!, given.inputs['b']!] as [tf.TensorInfo, tf.TensorInfo];
    add(a.shape[0]!, a.shape[1]!, b.shape[1]!);
    return stock.kernelFunc(given);
  });
  const [depth, pairs] = [SHAPE.hidden / SHAPE.heads, BATCH * SHAPE.heads];
  // Nothing below the first trainable site is differentiated; it lies after the attention of the first layer.
  const differentiated = SHAPE.layers - 1;
  add(TIME, depth, TIME, pairs * (SHAPE.layers + differentiated));
  add(TIME, TIME, depth, pairs * (SHAPE.layers + 3 * differentiated));
  return { found, stop: () => replace(stock.kernelFunc) };
}

/** Processor time of a product alone, in ms. */
function alone(key: string): number {
  const [rows, inner, columns] = key.split('×').map(Number) as [number, number, number];
  const times = rows * inner * columns < 1e7 ? 40 : 3;
  const x = tf.ones([rows, inner]);
  // A new operand each time, as weights that train and activations are.
  const others = Array.from({ length: times }, () => tf.ones([inner, columns]));
  const begun = processor();
  for (const other of others) tf.matMul(x, other).dispose();
  const spent = (processor() - begun) / times;
  tf.dispose([x, ...others]);
  return spent;
}

async function measure(adapters: number): Promise<object> {
  const model = modelOf(adapters);
  const ids = Int32Array.from({ length: BATCH * TIME }, (_, index) => index % 999);
  const mask = new Float32Array(BATCH * TIME).fill(1);
  const batch: HostBatch = { ids, types: new Int32Array(ids.length), mask, shape: [BATCH, TIME] };
  const targets = { labels: { data: Int32Array.from({ length: BATCH }, (_, row) => row % 2), shape: [BATCH] } };
  const step = async (number: number): Promise<number> => {
    const begun = processor();
    const train = { key: { seed: 1, step: number, microBatch: 0 } };
    const { loss, gradients } = model.lossAndGradients(batch, targets, { head: 'task', train });
    const penalty = model.penaltyGradients();
    await read(loss);
    dispose([loss, ...gradients.values(), ...(penalty ? [penalty.penalty, ...penalty.gradients.values()] : [])]);
    return processor() - begun;
  };
  await step(0);
  const { found, stop } = countProducts();
  await step(1);
  stop();
  const steps: number[] = [];
  const sums: number[] = [];
  for (let round = 0; round < STEPS; round++) {
    steps.push(await step(round + 2));
    sums.push([...found].reduce((sum, [key, count]) => sum + count * alone(key), 0));
  }
  model.dispose();
  const [whole, products] = [median(steps), median(sums)];
  return { adapters, step_ms: Math.round(whole), products_ms: Math.round(products), ratio: whole / products };
}

await openBackend('wasm');
for (const adapters of [1, 8, 16]) console.log(JSON.stringify(await measure(adapters)));

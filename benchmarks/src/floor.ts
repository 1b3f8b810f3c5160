import { isReal, SHAPES, type DrawnCase, type Work } from './work.js';

/** Work whose size is known beforehand. */
type DrawnWork = Work & { readonly case: DrawnCase };

/** Share of the machine's peak that a target's floor supposes. */
const SHARE = 0.6;

/** Billions of multiply-adds that a piece of work needs, in our form of it. */
export function multiplyAdds({ case: name, shape, adapters, batch, length }: DrawnWork): number {
  const { hidden_size: width, num_hidden_layers: layers, intermediate_size: inner } = SHAPES[shape];
  const tokens = batch * length;
  const layer = 4 * width ** 2 + 2 * width * inner + 2 * length * width;
  const attention = 2 * length * width;
  const columns = adapters * Math.floor(width / 16);
  const adapter = 2 * columns * width;
  // The last layer makes keys and values of all tokens, and everything else of the first alone.
  const whole = layers - 1 + 1 / length;
  const read = 2 * width ** 2 * (1 - 1 / length);
  const encoder = whole * layer + read;
  // Below the first adapter of layer 0 nothing is differentiated but what lies after its feed-forward sub-layer.
  const through = (whole - 1) * (layer + attention) + read;
  const perToken: Readonly<Record<DrawnCase, number>> = {
    'infer/plain': encoder,
    'infer/adapter': encoder + whole * adapter,
    'infer/fusion': encoder + whole * (adapters === 1 ? adapter : (3 * columns + 2 * adapters) * width),
    'train/head': encoder,
    // What the head reads is there.
    'train/head-kept': 0,
    'train/adapter': encoder + whole * 3 * adapter + through,
    'train/fusion': encoder + whole * (9 * width ** 2 + 6 * columns * width) + through,
    'train/full': 3 * encoder,
    // Every branch acts from layer 0 on, and is a pass of its own from there.
    five: adapters * encoder + whole * adapter,
  };
  return (tokens * perToken[name]) / 1e9;
}

/**
 * Milliseconds below which a piece of work cannot be brought at 60 % of the peak; undefined for work on real data.
 * @param gflops the measured peak
 */
export function floorOf(work: Work, gflops: number): number | undefined {
  const { case: name } = work;
  if (isReal(name)) return undefined;
  return Number((((2 * multiplyAdds({ ...work, case: name })) / (SHARE * gflops)) * 1000).toFixed(1));
}

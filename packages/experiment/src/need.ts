import { sizesOf, type EncoderConfig } from './work.js';

/** What a run's memory depends on. */
export interface Load {
  /** Rows at once. */
  readonly batch: number;
  /** Length of the longest rows. */
  readonly tokens: number;
  /** Adapters that are mixed. */
  readonly adapters: number;
  /** What trains beside the head; undefined where the encoder is not run at all. */
  readonly trains: readonly string[] | undefined;
}

/** Bytes of a process that has opened a backend and read its data, about. */
const BASE = 4e8;

/** Copies of an encoder while it is read and used. */
const FROZEN = 3;

/** The same where it trains: weights, gradients and two moments, and those that a checkpoint in the making has. */
const TUNED = 12;

/** Bytes that a run needs, about: right to a factor of 2. */
export function bytesNeeded(config: EncoderConfig, { batch, tokens, adapters, trains }: Load): number {
  if (!trains) return BASE;
  const { width, inner, layers, heads, vocabulary } = sizesOf(config);
  const parameters = vocabulary * width + layers * (4 * width * width + 2 * width * inner);
  const copies = trains.includes('encoder') ? TUNED : FROZEN;
  // What a layer keeps for the way back: of its inputs and products, and of its attention.
  const kept = tokens * (16 * width + 2 * inner) + 2 * heads * tokens * tokens;
  const deep = trains.length > 0 ? layers : 1;
  const activations = batch * kept * deep * (1 + adapters / 16);
  return BASE + 4 * (copies * parameters + activations);
}

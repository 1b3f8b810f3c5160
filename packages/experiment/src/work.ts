/** Billions of additions and multiplications. */
export interface Passes {
  readonly training: number;
  readonly measuring: number;
}

/** What a run does, in rows. */
export interface Amount {
  readonly rows: number;
  readonly epochs: number;
  /** Rows measured after every epoch. */
  readonly validated: number;
  /** Rows measured at the end. */
  readonly measured: number;
  /** Mean length of a row. */
  readonly tokens: number;
  /** Adapters that are mixed. */
  readonly adapters: number;
  /** What trains beside the head; undefined where the encoder is not run at all. */
  readonly trains: readonly string[] | undefined;
}

/** An encoder's configuration, the hub's `config.json`. */
export interface EncoderConfig {
  readonly [key: string]: unknown;
}

/** Sizes of an encoder; BERT-base's where its configuration says nothing. */
export function sizesOf(config: EncoderConfig) {
  const number = (key: string, standard: number): number => {
    const value = config[key];
    return typeof value === 'number' ? value : standard;
  };
  const width = number('hidden_size', 768);
  return {
    ...{ width, inner: number('intermediate_size', 4 * width), layers: number('num_hidden_layers', 12) },
    ...{ heads: number('num_attention_heads', 12), vocabulary: number('vocab_size', 30522) },
  };
}

/** What an encoder's pass costs, and so a run. */
export function passesOf(config: EncoderConfig, amount: Amount): Passes {
  const { rows, epochs, validated, measured, tokens, adapters, trains } = amount;
  if (!trains) return { training: 0, measuring: 0 };
  const { width, inner, layers } = sizesOf(config);
  const layer = 2 * (4 * width * width + 2 * width * inner) + 4 * tokens * width;
  const forward = (layers * layer * tokens) / 1e9;
  // A fusion over 16 adapters costs a quarter of a layer more forwards, half of one in training.
  const fused = 1 + adapters / 64;
  // Backwards as much as forwards for the inputs, and once more for weights that train; nothing where only the head does.
  const backward = trains.includes('encoder') ? 2 : trains.length > 0 ? 1 : 0;
  const training = rows * epochs * forward * (1 + backward) * (1 + adapters / 32);
  return { training, measuring: (epochs * validated + (adapters > 0 ? 2 : 1) * measured) * forward * fused };
}

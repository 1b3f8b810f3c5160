import { option, parseOptions, type OptionSpec } from '@adapterfusion/contracts';
import { checkActivation } from '@adapterfusion/tensor';

/** What a head over tokens can be set to. */
export interface TokenHeadOptions {
  /** 2: dropout, dense, activation, dropout, output; 1: dropout, output. */
  readonly layers: 1 | 2;
  /** Name of the activation between two layers. */
  readonly activation: string;
  /** Whether the output layer has a bias. */
  readonly bias: boolean;
  /** Dropout probability; null for the backbone's. */
  readonly dropout: number | null;
}

/** What a head over pooled features can be set to. */
export interface HeadOptions extends TokenHeadOptions {
  /** What is read: the first token, the backbone's pooler over it, or the mean over the tokens that are not padding. */
  readonly pooling: 'cls' | 'pooler' | 'mean';
}

const dropout: OptionSpec<number | null> = option.custom<number | null>(null, (got) =>
  got === null || (typeof got === 'number' && got >= 0 && got < 1) ? undefined : 'a probability below 1, or null',
);

const specs = {
  layers: option.choice<1 | 2>(2, [1, 2]),
  activation: option.custom('tanh', (got) => (typeof got === 'string' ? undefined : 'the name of an activation')),
  bias: option.boolean(true),
  dropout,
  pooling: option.choice<'cls' | 'pooler' | 'mean'>('cls', ['cls', 'pooler', 'mean']),
};

/**
 * Complete options of a head over tokens; it has one layer by default, as AdapterHub's.
 * @param head the head's id, for messages
 * @throws OPTIONS_INVALID
 */
export function tokenHeadOptions(head: string, input: unknown): TokenHeadOptions {
  const { pooling: _, ...tokens } = specs;
  const options = parseOptions({ ...tokens, layers: option.choice<1 | 2>(1, [1, 2]) }, input, head);
  return Object.freeze({ ...options, activation: checkActivation(options.activation, `${head}.activation`) });
}

/**
 * Complete options.
 * @param head the head's id, for messages
 * @param more options that this head has beside those of all
 * @throws OPTIONS_INVALID
 */
export function headOptions<M extends object = object>(
  head: string,
  input: unknown,
  more?: { readonly [K in keyof M]: OptionSpec<M[K]> },
): HeadOptions & M {
  const options = parseOptions({ ...specs, ...more }, input, head) as HeadOptions & M;
  return Object.freeze({ ...options, activation: checkActivation(options.activation, `${head}.activation`) });
}

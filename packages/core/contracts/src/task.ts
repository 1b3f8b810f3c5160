import type { Example } from './dataset.js';

/** An input of an encoder, special tokens included. */
export interface Encoding {
  readonly ids: readonly number[];
  /** Token types: 0 for the first text, 1 for the second. */
  readonly types: readonly number[];
  /** True when tokens of the text were cut off. */
  readonly truncated?: boolean;
}

/** An input that was put together from tokens. */
export interface AssembledEncoding extends Encoding {
  /** The place of the first token of each text. */
  readonly starts: readonly number[];
}

/** The part of a tokenizer that a task kind needs. */
export interface TaskTokenizer {
  /**
   * A text or a pair with special tokens. The ends of the texts are cut where they do not fit, the longest first.
   * @param pair the second text; undefined for a single one
   * @param options.maxLength most tokens, special tokens included
   */
  encode(text: string, pair: string | undefined, options: { readonly maxLength: number }): Encoding;
  /** Tokens of a text without special tokens, as ids and as the vocabulary writes them. */
  tokenize(text: string): { readonly ids: readonly number[]; readonly tokens: readonly string[] };
  /**
   * How the vocabulary writes tokens: `wordpiece` with `##` within words; `metaspace` with `▁` for a space; `byte-level` with a
   * character for each byte of the text.
   */
  readonly spelling: 'wordpiece' | 'metaspace' | 'byte-level';
  /** A text as tokens are taken from it: in lower case, without accents, … */
  normalize(text: string): string;
  /** Puts special tokens around the tokens of one text or of two; nothing is cut. */
  assemble(first: readonly number[], second?: readonly number[]): AssembledEncoding;
}

/**
 * A row of a batch: encodings that are scored together (the choices of a question; otherwise one), and the target of its loss.
 * A long text may be several rows of one example.
 */
export interface Row<R = unknown> {
  readonly group: readonly Encoding[];
  /** Absent where the example has none. */
  readonly target?: R;
  /** Whatever the kind needs for decoding beside the tokens: which words they are of, for example. */
  readonly info?: unknown;
}

/** A row-major array in host memory. */
export interface HostArray {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** The targets of a batch, by the names under which the head's loss reads them. */
export interface HostTargets {
  readonly [name: string]: HostArray;
}

/** Shapes of a batch that targets are collated for. */
export interface BatchShape {
  /** Encodings of each row. */
  readonly groups: readonly number[];
  /** Tokens of every encoding, padding included. */
  readonly time: number;
}

/** The outputs of a head for one row: `[group, outputs]`, or `[group, time, outputs]` with the batch's padding. */
export interface RowOutput {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** How answers are measured. */
export interface TaskMetric<P = unknown, T = unknown> {
  readonly name: string;
  readonly better: 'higher' | 'lower';
  /** @param predictions one an example  @param targets what they should be, in the same order */
  compute(predictions: readonly P[], targets: readonly T[]): number;
}

/** The answer that needs no input: the most frequent label, the mean, no entity. */
export interface TaskBaseline<E = Example, P = unknown> {
  readonly name: string;
  predict(example: E): P;
}

/** The fields of a row, by the names that the kind reads. */
export interface Fields {
  readonly [field: string]: unknown;
}

/**
 * A kind of task: which rows an example becomes, which targets the loss reads, what the outputs of a head mean, how answers
 * are measured. The training loop knows targets as opaque values. Pure; holds no tensors.
 * @typeParam E an example  @typeParam T the target of an example  @typeParam A an answer, an object that can be written as JSON
 * @typeParam P an answer as metrics read it  @typeParam R the target of a row
 */
export interface TaskKind<E extends Example = Example, T = unknown, A extends object = object, P = T, R = T> {
  /** Names of the outputs; empty for a kind without labels. */
  readonly labels: readonly string[];
  /** The plugin identity (`package#id`) of the head that is used where none is named. */
  readonly defaultHead: string;
  /** The first decides where no other is named. */
  readonly metrics: readonly TaskMetric<P, T>[];
  /**
   * Reads the fields of a row, of a file or of an input for prediction; a target may be missing. Leaves a parsed example as it is.
   * @param at `file:line` for messages
   * @throws DATA_INVALID with `at`; LABEL_UNKNOWN
   */
  parse(fields: Fields, at: string): E;
  /** Names of the labels of a row's fields, for data that do not name them. Absent for a kind without labels. */
  labelsIn?(fields: Fields, at: string): readonly string[];
  /** The target; undefined where the example has none. */
  target(example: E): T | undefined;
  /** The texts of an example: two examples with equal texts are duplicates. */
  texts(example: E): readonly string[];
  /**
   * Rows of an example, at least one.
   * @param options.maxLength most tokens of an encoding, special tokens included
   * @throws DATA_INVALID for a target that does not fit the tokens
   */
  encode(example: E, tokenizer: TaskTokenizer, options: { readonly maxLength: number }): readonly Row<R>[];
  /** The targets of a batch as the loss of the kind's heads reads them; padded positions carry −1 and no loss. */
  collate(targets: readonly R[], shape: BatchShape): HostTargets;
  /**
   * The classes in a row's target, as often as each counts: a row weighs in the mean of the loss as the sum of their class
   * weights. Absent: every row weighs 1, and class weights are refused.
   */
  classes?(target: R): readonly number[];
  /** The stratum of an example for splits and samples; undefined: none. */
  stratum(target: T): number | undefined;
  /** The answer to an example from the outputs of all of its rows. */
  decode(outputs: readonly RowOutput[], rows: readonly Row[], example: E): A;
  /** The answer as metrics read it. */
  prediction(answer: A): P;
  /** How wrong an answer is, for finding the worst: −log of a probability, or a squared error. */
  error(answer: A, target: T): number;
  /** Names under which rows are counted: the label, the place of the right choice, the types of entities. Absent: none. */
  categories?(target: T): readonly string[];
  /** A target or a prediction in words. */
  describe(value: T | P, example: E): string;
  /** The trivial answer, learned from targets alone. */
  baseline(targets: readonly T[]): TaskBaseline<E, P>;
}

/** What `create` of a task kind is told. */
export interface TaskContext {
  /** Names of the labels; empty where the kind has none, or they are not known yet. */
  readonly labels: readonly string[];
}

/** A task kind of unknown types. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- examples, targets and answers are opaque outside their kind
export type AnyTaskKind = TaskKind<any, any, any, any, any>;

/** Where a field of a kind's rows is looked for in files. */
export interface TaskColumn {
  /** Usual names of the column, in order of preference; case does not count. */
  readonly names: readonly string[];
  /** Whether rows need it. Default true */
  readonly required?: boolean;
  /** Whether values are lists. Default false */
  readonly list?: boolean;
  /** Whether the field is the target: inputs for prediction need none. Default false */
  readonly target?: boolean;
}

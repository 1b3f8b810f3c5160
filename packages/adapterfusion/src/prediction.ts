import type { AnyTaskKind, Example, Fields, Row, TaskTokenizer } from '@adapterfusion/contracts';
import { encodeExample, isTruncated } from './kind-rows.js';

/** A text, a pair of texts, a text with choices, or the fields of a row as the bundle's task kind reads them. */
export type Input =
  | string
  | { readonly text: string; readonly pair?: string }
  | { readonly text: string; readonly choices: readonly string[] }
  | Fields;

/** The answer of text classification, regression and multiple choice. */
export interface TextAnswer {
  /** The label; in multiple choice the text of the choice; in regression the number as text. */
  readonly label: string;
  /** Probability of each label; in multiple choice of each choice by its index; none in regression. */
  readonly scores: { readonly [label: string]: number };
  /** Multiple choice: the index of the choice. */
  readonly choice?: number;
  /** Regression: the number, in the unit of the training rows. */
  readonly value?: number;
}

/** The prediction for one input: the answer of the bundle's task kind, and whatever else was asked for. */
export type Prediction<A extends object = TextAnswer> = A & {
  /** The head's outputs, those of all of the input's rows one after another. */
  readonly logits?: readonly number[];
  /** Of a parallel set-up: what each branch predicts with its own head. The fields beside are those of the first. */
  readonly branches?: { readonly [name: string]: Prediction<A> };
  /**
   * By site (`3/output_adapter`): a weight for each child in the composition's order, averaged over the tokens of all of the
   * input's rows.
   */
  readonly attention?: { readonly [site: string]: readonly number[] };
};

/** The rows of examples. */
export interface EncodedExamples {
  readonly rows: readonly Row[];
  /** The first row of each example, and the number of all rows at the end. */
  readonly starts: readonly number[];
  /** Examples that were cut. */
  readonly cut: number;
}

/** Encodes examples one by one. @throws what the kind throws */
export class ExampleEncoder {
  readonly #kind: AnyTaskKind;
  readonly #tokenizer: TaskTokenizer;
  readonly #maxLength: number;
  readonly #rows: Row[] = [];
  readonly #starts: number[] = [0];
  #cut = 0;

  constructor(kind: AnyTaskKind, tokenizer: TaskTokenizer, maxLength: number) {
    [this.#kind, this.#tokenizer, this.#maxLength] = [kind, tokenizer, maxLength];
  }

  add(example: Example): void {
    const rows = encodeExample(this.#kind, example, this.#tokenizer, { maxLength: this.#maxLength, name: 'an input' });
    this.#rows.push(...rows);
    this.#starts.push(this.#rows.length);
    if (rows.some(isTruncated)) this.#cut++;
  }

  get encoded(): EncodedExamples {
    return { rows: this.#rows, starts: this.#starts, cut: this.#cut };
  }
}

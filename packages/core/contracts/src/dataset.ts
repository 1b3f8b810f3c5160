import type { FileBytes } from './files.js';

/** What kind of answer a task wants. */
export type TaskDeclaration =
  | { readonly type: 'classification'; readonly labels: readonly string[] }
  | { readonly type: 'regression'; readonly min: number; readonly max: number }
  | { readonly type: 'multiple-choice' };

/** One row: a text, a pair of texts, or a text with choices, and its label. */
export interface Example {
  readonly text: string;
  readonly pair?: string;
  /** Multiple choice: what may follow the text, at least two; there is no `pair` then. */
  readonly choices?: readonly string[];
  /** Index into the task's labels, or into the choices; in regression the number itself. */
  readonly label?: number;
  /** Where it came from, `file:line`, for messages. */
  readonly at?: string;
}

export type Split = 'train' | 'validation' | 'test';

/** The part of {@link Files} that a dataset needs. A path is relative to the folder or file the user named. */
export interface DatasetSource {
  /**
   * Names of the files there are, relative to the source; one empty name when the source is a file itself.
   * @param folder instead, the names of what lies directly in this one, sorted; none where there is no such folder
   */
  list(folder?: string): Promise<readonly string[]>;
  /** The bytes of one of them, for small files. @throws FILE_NOT_FOUND */
  read(name: string): Promise<Uint8Array>;
  /** One of them, to be read part by part. @throws FILE_NOT_FOUND */
  open(name: string): Promise<FileBytes>;
  /** How to call it in messages. */
  describe(name: string): string;
}

/** A task's data: opened once, read as often as wanted. */
export interface Dataset {
  readonly task: TaskDeclaration;
  /** Names of the metrics, the first of which selects: `accuracy`, `f1`, `matthews`, `macro-f1`, … */
  readonly metrics: readonly string[];
  /** What the source says of its licence. */
  readonly licence: string;
  /** The dataset has its rows from elsewhere, a database or an address: it is given an empty source. Default false */
  readonly sourceless?: boolean;
  /** Where the rows lie when the user names no place: a folder in an npm package that the plugin's package depends on. */
  readonly home?: { readonly package: string; readonly folder: string };
  /**
   * The rows of a split in file order.
   * @throws DATA_INVALID with `file:line`; LABEL_UNKNOWN; FILE_NOT_FOUND
   */
  examples(split: Split, source: DatasetSource): AsyncIterable<Example>;
  /** The splits that a source has. */
  splits(source: DatasetSource): Promise<readonly Split[]>;
}

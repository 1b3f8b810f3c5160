import type { FileBytes } from './files.js';
import type { JsonValue } from './plugin.js';

/** A task: its kind by id or `package#id`, the names of its labels, and the kind's options. */
export interface TaskDeclaration {
  readonly type: string;
  /** Absent where the kind has none, or where they are read from the rows. */
  readonly labels?: readonly string[];
  readonly [option: string]: JsonValue | undefined;
}

/** An example of a task, as the task's kind defines its fields. */
export interface Example {
  /** Where it came from, `file:line`, for messages. */
  readonly at?: string;
}

/** An example of the kinds that score texts: a text, a pair of texts, or a text with choices, and its label. */
export interface TextExample extends Example {
  readonly text: string;
  readonly pair?: string;
  /** Multiple choice: at least two texts that may follow; there is no `pair` then. */
  readonly choices?: readonly string[];
  /** Index into the task's labels, or into the choices; in regression the number itself. */
  readonly label?: number;
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

/**
 * A task's data: opened once, read as often as wanted.
 * @typeParam E what the task's kind reads: its examples, or fields that it parses
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what rows hold is between a data set and its task kind
export interface Dataset<E extends Example = any> {
  readonly task: TaskDeclaration;
  /** Names of metrics of the task's kind, the first of which selects; empty: all of the kind's. */
  readonly metrics: readonly string[];
  /** What the source says of its licence. */
  readonly licence: string;
  /** The dataset has its rows from elsewhere, a database or an address: it is given an empty source. Default false */
  readonly sourceless?: boolean;
  /** Where the rows lie when the user names no place: a folder in an npm package that the plugin's package depends on. */
  readonly home?: { readonly package: string; readonly folder: string };
  /**
   * The rows of a split in file order: examples, or the fields that the task's kind parses.
   * @throws DATA_INVALID with `file:line`; LABEL_UNKNOWN; FILE_NOT_FOUND
   */
  examples(split: Split, source: DatasetSource): AsyncIterable<E>;
  /** The splits that a source has. */
  splits(source: DatasetSource): Promise<readonly Split[]>;
}

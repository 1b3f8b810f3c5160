import { option, parseOptions, type JsonValue } from '@adapterfusion/contracts';
import { DELIMITERS, TEXT_ENCODINGS, type Delimiter, type FileFormat, type TextEncoding } from '@adapterfusion/data';

/** How files of one's own are read. Written to manifests as they are. */
export interface FilesOptions {
  /** Column of the text; null: proposed from the columns there are. */
  readonly text: string | null;
  /** Column of the second text; null: proposed where `text` is, else none; false: none. */
  readonly pair: string | false | null;
  /** Column of the label; null: proposed. */
  readonly label: string | null;
  /** Columns of the choices, for multiple choice; null: none. */
  readonly choices: readonly string[] | null;
  /**
   * The kind of task: what the label means, or for any other kind its id or `package#id`. `auto`: a choice where `choices` are named; a number where no labels are given and the training rows
   * have numbers, not all of them whole; else a class.
   */
  readonly task: string;
  /** Options of any other kind. */
  readonly taskOptions: Readonly<Record<string, JsonValue>> | null;
  /** For any other kind: by the kind's field, the column that holds it; null: columns are called as the fields. */
  readonly columns: Readonly<Record<string, string>> | null;
  /** Regression: the smallest and the largest number of the training rows; null: not known yet, see `inferFiles`. */
  readonly range: readonly [min: number, max: number] | null;
  /** Column of an id that no two rows of a file may share; null: none. */
  readonly id: string | null;
  /** Label names in order, in multiple choice what the file calls the choices; null: not known yet, see `inferFiles`. */
  readonly labels: readonly string[] | null;
  /** From the file's label to a label name; null: the file names them. */
  readonly labelMap: Readonly<Record<string, string>> | null;
  /** Format; `auto`: by the file's ending. */
  readonly format: 'auto' | FileFormat;
  /** TSV and CSV: names of the columns where no row has them; null: the first row does. */
  readonly header: readonly string[] | null;
  /** TSV and CSV: whether cells may stand in double quotes; null: in CSV, not in TSV. */
  readonly quote: boolean | null;
  /** CSV: what divides columns; null: what the header has most. */
  readonly delimiter: Delimiter | null;
  /** `utf-8-lossy` puts U+FFFD in the place of bytes that are not UTF-8; of `windows-1252` and `latin1` every byte is a character. */
  readonly encoding: TextEncoding;
  /** Share of rows that validation gets where no file is for it, at least 0 and below 1; null: a tenth, at most 5,000 rows. */
  readonly validation: number | null;
  /** Share of rows that test gets where the source is a single file. */
  readonly test: number;
  /** Seed of that split; training has its own. */
  readonly seed: number;
}

const column = option.custom<string | null>(null, (value) =>
  value === null || (typeof value === 'string' && value !== '') ? undefined : 'the name of a column, or null',
);
const names = (what: string) =>
  option.custom<readonly string[] | null>(null, (value) =>
    value === null || (isNames(value) && new Set(value).size === value.length)
      ? undefined
      : `${what} without repetition, or null`,
  );

const SPECS = {
  text: column,
  pair: option.custom<string | false | null>(null, (value) =>
    value === false ? undefined : column.check(value)?.replace(', or', ', false or'),
  ),
  label: column,
  choices: option.custom<readonly string[] | null>(null, (value) =>
    value === null || (isNames(value) && value.length > 1) ? undefined : 'a list of at least two columns, or null',
  ),
  task: option.custom<string>('auto', (got) => (typeof got === 'string' && got !== '' ? undefined : 'a task kind')),
  taskOptions: option.custom<Readonly<Record<string, JsonValue>> | null>(null, (value) =>
    value === null || (typeof value === 'object' && !Array.isArray(value)) ? undefined : 'an object, or null',
  ),
  columns: option.custom<Readonly<Record<string, string>> | null>(null, (value) =>
    value === null || (typeof value === 'object' && !Array.isArray(value) && isNames(Object.values(value)))
      ? undefined
      : 'an object from fields of the kind to columns, or null',
  ),
  range: option.custom<readonly [number, number] | null>(null, (value) =>
    value === null || (Array.isArray(value) && value.length === 2 && value.every(Number.isFinite))
      ? undefined
      : 'two numbers, the smallest and the largest, or null',
  ),
  id: column,
  labels: option.custom<readonly string[] | null>(null, (value) =>
    value === null || (isNames(value) && value.length > 1 && new Set(value).size === value.length)
      ? undefined
      : 'at least two label names without repetition, or null',
  ),
  labelMap: option.custom<Readonly<Record<string, string>> | null>(null, (value) =>
    value === null || (typeof value === 'object' && !Array.isArray(value) && isNames(Object.values(value)))
      ? undefined
      : 'an object from labels in the file to label names, or null',
  ),
  format: option.choice('auto', ['auto', 'tsv', 'csv', 'jsonl', 'json', 'parquet']),
  header: names('column names'),
  quote: option.choice(null, [true, false, null]),
  delimiter: option.choice<Delimiter | null>(null, [...DELIMITERS, null]),
  encoding: option.choice<TextEncoding>('utf-8', TEXT_ENCODINGS),
  validation: option.custom<number | null>(null, (got) => (got === null ? undefined : share(0).check(got))),
  test: share(0),
  seed: option.number(42, { min: 0, integer: true }),
};

/** What is set apart for validation where nobody said how much. */
const USUAL = { share: 0.1, rows: 5000 };

/** The share of so many rows that goes to validation. */
export function validationShare({ validation }: FilesOptions, rows: number): number {
  return validation ?? Math.min(USUAL.share, USUAL.rows / Math.max(1, rows));
}

/** The kinds of task whose rows are a text, or a pair, and a label; `auto` is one of them. */
const LABELLED_TEXT = ['auto', 'text-classification', 'regression', 'multiple-choice'];

/** Whether rows are read as fields that the task kind parses. */
export const readsFields = ({ task }: FilesOptions): boolean => !LABELLED_TEXT.includes(task);

/** @throws OPTIONS_INVALID */
export function filesOptions(input: unknown): FilesOptions {
  return parseOptions(SPECS, input, 'files');
}

function share(value: number) {
  return option.custom<number>(value, (got) =>
    typeof got === 'number' && got >= 0 && got < 1 ? undefined : 'a share of at least 0 and below 1',
  );
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
}

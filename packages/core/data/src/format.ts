/** How rows are written in a file. Any may be packed with gzip but Parquet, which packs by itself. */
export type FileFormat = 'tsv' | 'csv' | 'jsonl' | 'json' | 'parquet';

const FORMATS: Readonly<Record<string, FileFormat>> = {
  tsv: 'tsv',
  txt: 'tsv',
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  parquet: 'parquet',
};

/** The endings that {@link formatOf} knows, as a sentence names them. */
export const KNOWN_ENDINGS = `${Object.keys(FORMATS)
  .map((ending) => `.${ending}`)
  .join(', ')}, also with .gz`;

/** The format that a file's name tells: .tsv and .txt are TSV; .gz is passed over; undefined for other endings. */
export function formatOf(name: string): FileFormat | undefined {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
}

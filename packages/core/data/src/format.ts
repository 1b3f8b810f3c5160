import type { FileFormat } from './rows.js';

const FORMATS: Readonly<Record<string, FileFormat>> = {
  tsv: 'tsv',
  txt: 'tsv',
  csv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
};

/** The format that a file's name tells: .tsv and .txt are TSV; undefined for other endings. */
export function formatOf(name: string): FileFormat | undefined {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
}

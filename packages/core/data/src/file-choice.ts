import { option, type OptionSpec, type Split } from '@adapterfusion/contracts';

/** Files of each split as options name them: `dev.tsv`, or `dev.tsv[:-1000]` for a part of its rows. */
export type FileChoices = Partial<Readonly<Record<Split, string>>>;

/** A file, and which of its rows: from `from` (0 by default) to before `to`, both counted as `Array.slice` does. */
export interface FileChoice {
  readonly name: string;
  readonly from?: number;
  readonly to?: number;
}

const SPLITS: readonly Split[] = ['train', 'validation', 'test'];
const FORM = 'an object from train, validation, test to names of files such as "dev.tsv" or "dev.tsv[:-1000]"';

/** The option of a data set that says which file each split is read from; null for the usual ones. */
export const fileChoices: OptionSpec<FileChoices | null> = option.custom<FileChoices | null>(null, (value) => {
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return `${FORM}, or null`;
  const entries = Object.entries(value);
  const fits = entries.every(
    ([split, name]) => SPLITS.includes(split as Split) && typeof name === 'string' && choiceOf(name) !== undefined,
  );
  return fits && entries.length > 0 ? undefined : FORM;
});

/** Reads `name` or `name[from:to]`, either end of which may be left away; undefined for other brackets. */
export function choiceOf(text: string): FileChoice | undefined {
  const [, name, rows] = /^([^[\]]+)(?:\[([^[\]]*)\])?$/.exec(text) ?? [];
  if (name === undefined || rows === undefined) return name === undefined ? undefined : { name };
  const ends = /^(-?\d+)?:(-?\d+)?$/.exec(rows);
  if (!ends) return undefined;
  const [, from, to] = ends;
  return { name, ...(from ? { from: Number(from) } : {}), ...(to ? { to: Number(to) } : {}) };
}

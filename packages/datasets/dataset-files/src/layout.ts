import { AdapterFusionError, type DatasetSource, type Split } from '@adapterfusion/contracts';
import { formatOf } from '@adapterfusion/data';
import type { FilesOptions } from './options.js';

/** What holds the rows of a split: a file, or a folder with a folder of texts for each label. */
export type Part = { readonly file: string } | { readonly folder: string; readonly labels: readonly string[] };

/** The part of each split; a split without one is cut from the training rows. */
export type Layout = Readonly<Partial<Record<Split, Part>>> & { readonly train: Part };

const STEMS: Readonly<Record<Split, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val', 'dev'],
  test: ['test'],
};

/**
 * Finds the parts of a source: the source itself where it is a file; in a folder `train`, `validation` (or `dev`, `val`,
 * `valid`) and `test` with a known ending; or the one file of a known format that there is; or texts that are files, in a
 * folder for each label, there or in `train`, `validation` and `test`.
 * @throws FILE_NOT_FOUND; DATA_INVALID where two files would be the same split
 */
export async function findParts(source: DatasetSource, options: FilesOptions): Promise<Layout> {
  const names = await source.list();
  if (names.length === 1 && names[0] === '') return { train: { file: '' } };
  const layout = filesIn(names, source, options) ?? (await textsIn(names, source));
  if (layout) return layout;
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: source.describe(''),
    expected:
      'train.tsv, train.csv, train.jsonl, train.json or train.parquet, a single file, or a folder for each label',
    got: names.join(', ') || 'an empty folder',
    fix: 'Name the training file train, or give the file itself.',
  });
}

function filesIn(names: readonly string[], source: DatasetSource, options: FilesOptions): Layout | undefined {
  const readable = names.filter((name) => {
    const format = formatOf(name);
    return !name.includes('/') && (options.format === 'auto' ? format : (format ?? options.format) === options.format);
  });
  const of = (split: Split): string | undefined => {
    const matches = readable.filter((name) => STEMS[split].includes(stemOf(name)));
    if (matches.length <= 1) return matches[0];
    throw new AdapterFusionError('DATA_INVALID', {
      at: source.describe(''),
      expected: `one file for the split "${split}"`,
      got: matches.join(' and '),
      fix: 'Move one of them elsewhere, or name the option format.',
    });
  };
  const [validation, test] = [of('validation'), of('test')];
  const others = readable.filter((name) => name !== validation && name !== test);
  const train = of('train') ?? (others.length === 1 ? others[0] : undefined);
  if (train === undefined) return undefined;
  return {
    train: { file: train },
    ...(validation === undefined ? {} : { validation: { file: validation } }),
    ...(test === undefined ? {} : { test: { file: test } }),
  };
}

/** A file's name without its ending, nor those of the hub's pieces: `train-00000-of-00001.parquet` is `train`. */
const stemOf = (name: string): string =>
  name
    .replace(/\.gz$/i, '')
    .replace(/(-00000-of-00001)?\.[^.]*$/, '')
    .toLowerCase();

async function textsIn(names: readonly string[], source: DatasetSource): Promise<Layout | undefined> {
  const of = async (split: Split): Promise<Part | undefined> => {
    for (const folder of STEMS[split]) {
      const part = partOf(folder, await labelsIn(await source.list(folder), folder, source));
      if (part) return part;
    }
    return undefined;
  };
  const top = new Set(names.flatMap((name) => (/^[^/]+\/[^/]+\.txt$/.test(name) ? [name.split('/')[0]!] : [])));
  const train = (await of('train')) ?? partOf('', [...top]);
  if (train === undefined) return undefined;
  const [validation, test] = [await of('validation'), await of('test')];
  return { train, ...(validation ? { validation } : {}), ...(test ? { test } : {}) };
}

/** The folders that hold texts. */
async function labelsIn(names: readonly string[], folder: string, source: DatasetSource): Promise<string[]> {
  const labels: string[] = [];
  for (const name of names)
    if (!name.includes('.') && (await source.list(`${folder}/${name}`)).some((each) => each.endsWith('.txt')))
      labels.push(name);
  return labels;
}

const partOf = (folder: string, labels: readonly string[]): Part | undefined =>
  labels.length >= 2 ? { folder, labels } : undefined;

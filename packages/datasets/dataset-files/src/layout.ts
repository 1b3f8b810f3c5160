import { AdapterFusionError, type DatasetSource, type Split } from '@adapterfusion/contracts';
import { formatOf } from '@adapterfusion/data';
import type { FilesOptions } from './options.js';

/** The file of each split; a split without one is cut from the training rows. */
export type Layout = Readonly<Partial<Record<Split, string>>> & { readonly train: string };

const STEMS: Readonly<Record<Split, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val', 'dev'],
  test: ['test'],
};

/**
 * Finds the files of a source: the source itself where it is a file; in a folder `train`, `validation` (or `dev`, `val`,
 * `valid`) and `test` with a known ending; or the one file of a known format that there is.
 * @throws FILE_NOT_FOUND; DATA_INVALID where two files would be the same split
 */
export async function findFiles(source: DatasetSource, options: FilesOptions): Promise<Layout> {
  const names = await source.list();
  if (names.length === 1 && names[0] === '') return { train: '' };
  const readable = names.filter((name) => {
    const format = formatOf(name);
    return !name.includes('/') && (options.format === 'auto' ? format : (format ?? options.format) === options.format);
  });
  const of = (split: Split) => {
    const matches = readable.filter((name) => STEMS[split].includes(name.replace(/\.[^.]*$/, '').toLowerCase()));
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
  if (train === undefined)
    throw new AdapterFusionError('FILE_NOT_FOUND', {
      at: source.describe(''),
      expected: 'train.tsv, train.csv or train.jsonl, or a single file of these formats',
      got: names.join(', ') || 'an empty folder',
      fix: 'Name the training file train, or give the file itself.',
    });
  return { train, ...(validation === undefined ? {} : { validation }), ...(test === undefined ? {} : { test }) };
}

import { AdapterFusionError, type Dataset, type DatasetSource, type Split } from '@adapterfusion/contracts';
import { toExamples, type ExampleColumns } from './examples.js';
import { readRows, type ReadOptions } from './rows.js';

/** Where a published data set keeps its rows, and what they mean. */
export interface FolderLayout {
  /** Name of the folder, for a source that is its parent. Case does not count. */
  readonly folder: string;
  /** File names of each split, the usual one first. */
  readonly files: Partial<Record<Split, readonly string[]>>;
  readonly read: Omit<ReadOptions, 'at' | 'columns'>;
  readonly columns: ExampleColumns;
  readonly metrics: readonly string[];
  readonly licence: string;
}

/** A classification data set in the layout of its source. The source is its folder, or the folder that holds it. */
export function folderDataset(layout: FolderLayout): Dataset {
  const { columns, files, metrics, licence } = layout;
  return {
    task: { type: 'classification', labels: columns.labels },
    metrics,
    licence,
    async splits(source) {
      const names = await source.list();
      const all: readonly Split[] = ['train', 'validation', 'test'];
      return all.filter((split) => find(names, layout.folder, files[split] ?? []) !== undefined);
    },
    async *examples(split, source) {
      const name = await locate(split, layout, source);
      const at = source.describe(name);
      const wanted = [columns.text, columns.pair, columns.label, columns.id].filter((column) => column !== undefined);
      const rows = readRows(await source.read(name), { ...layout.read, at, columns: wanted });
      yield* toExamples(rows, columns, at);
    },
  };
}

async function locate(split: Split, { folder, files }: FolderLayout, source: DatasetSource): Promise<string> {
  const names = await source.list();
  const wanted = files[split] ?? [];
  const name = find(names, folder, wanted);
  if (name !== undefined) return name;
  const found = names[0] === '' ? 'a single file' : names.join(', ') || 'an empty folder';
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: source.describe(''),
    expected: wanted.length === 0 ? `a split that "${folder}" has` : `${wanted.join(' or ')}, here or in ${folder}/`,
    got: wanted.length === 0 ? `"${split}"` : found,
    fix: `Give the folder ${folder} as its source publishes it.`,
  });
}

/** The listed name of the first wanted file, at the top or in the folder; a folder may be listed by its name alone. */
function find(names: readonly string[], folder: string, wanted: readonly string[]): string | undefined {
  const inside = names.find((name) => name.split('/')[0]!.toLowerCase() === folder.toLowerCase())?.split('/')[0];
  for (const file of wanted) {
    if (names.includes(file)) return file;
    if (inside !== undefined && (names.includes(inside) || names.includes(`${inside}/${file}`)))
      return `${inside}/${file}`;
  }
  return undefined;
}

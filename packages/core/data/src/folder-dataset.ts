import { AdapterFusionError, type Dataset, type DatasetSource, type Split } from '@adapterfusion/contracts';
import { toExamples } from './examples.js';
import { choiceOf, type FileChoice, type FileChoices } from './file-choice.js';
import { columnsOf, formOf, type FileForm } from './file-form.js';
import { readRows } from './rows.js';

/** Where a published data set keeps its rows, and what they mean. */
export interface FolderLayout extends FileForm {
  /** Name of the folder, for a source that is its parent. Case does not count. */
  readonly folder: string;
  /** File names of each split, the usual one first. */
  readonly files: Partial<Record<Split, readonly string[]>>;
  /** Files that the user named instead: the splits are those named, and no others. Absent where users cannot. */
  readonly chosen?: FileChoices | null;
  /** Other forms in which copies are in use; a file's first row tells which it has. TSV only. */
  readonly otherForms?: readonly FileForm[];
  readonly metrics: readonly string[];
  readonly licence: string;
}

/** A classification data set in the layout of its source. The source is its folder, or the folder that holds it. */
export function folderDataset(layout: FolderLayout): Dataset {
  const { columns, chosen, metrics, licence } = layout;
  return {
    task: { type: 'classification', labels: columns.labels },
    metrics,
    licence,
    async splits(source) {
      const names = await source.list();
      const all: readonly Split[] = ['train', 'validation', 'test'];
      // A file that the user named is missed when it is read: it does not vanish with its split.
      if (chosen) return all.filter((split) => chosen[split] !== undefined);
      return all.filter((split) => find(names, layout.folder, choices(split, layout)) !== undefined);
    },
    async *examples(split, source) {
      const { name, from, to } = await locate(split, layout, source);
      const at = source.describe(name);
      const bytes = await source.read(name);
      const form = layout.otherForms ? formOf(bytes, [layout, ...layout.otherForms]) : layout;
      const rows = readRows(bytes, { ...form.read, at, columns: columnsOf(form.columns) });
      yield* toExamples(rows.slice(from, to), form.columns, at);
    },
  };
}

/** The files that a split may have, the usual one first. */
function choices(split: Split, { files, chosen }: FolderLayout): FileChoice[] {
  if (!chosen) return (files[split] ?? []).map((name) => ({ name }));
  const choice = chosen[split] === undefined ? undefined : choiceOf(chosen[split]);
  return choice ? [choice] : [];
}

async function locate(split: Split, layout: FolderLayout, source: DatasetSource): Promise<FileChoice> {
  const { folder } = layout;
  const names = await source.list();
  const wanted = choices(split, layout);
  const found = find(names, folder, wanted);
  if (found !== undefined) return found;
  const there = names[0] === '' ? 'a single file' : names.join(', ') || 'an empty folder';
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: source.describe(''),
    expected:
      wanted.length === 0
        ? `a split that "${folder}" has`
        : `${wanted.map(({ name }) => name).join(' or ')}, here or in ${folder}/`,
    got: wanted.length === 0 ? `"${split}"` : there,
    fix: `Give the folder ${folder} as its source publishes it${layout.chosen === undefined ? '' : ', or name the file of each split with the option "files"'}.`,
  });
}

/** The first wanted file that is listed, at the top or in the folder; a folder may be listed by its name alone. */
function find(names: readonly string[], folder: string, wanted: readonly FileChoice[]): FileChoice | undefined {
  const inside = names.find((name) => name.split('/')[0]!.toLowerCase() === folder.toLowerCase())?.split('/')[0];
  for (const choice of wanted) {
    const { name } = choice;
    if (names.includes(name)) return choice;
    if (inside !== undefined && (names.includes(inside) || names.includes(`${inside}/${name}`)))
      return { ...choice, name: `${inside}/${name}` };
  }
  return undefined;
}

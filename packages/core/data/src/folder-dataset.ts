import {
  AdapterFusionError,
  type Dataset,
  type DatasetSource,
  type TextExample,
  type Split,
} from '@adapterfusion/contracts';
import type { Row } from './columns.js';
import { completed } from './completed.js';
import { taskOf, toExamples } from './examples.js';
import { choiceOf, type FileChoice, type FileChoices } from './file-choice.js';
import { formOf, neededBy, type FileForm } from './file-form.js';
import { readRows } from './rows.js';
import { sliceRows } from './slice-rows.js';
import { readTextFolders } from './text-folders.js';

/** Where a published data set keeps its rows, and what they mean. */
export interface FolderLayout extends FileForm {
  /** Name of the folder, for a source that is its parent; further names that are in use. Case does not count. */
  readonly folder: string | readonly [string, ...string[]];
  /** File names of each split, the usual one first. */
  readonly files: Partial<Record<Split, readonly string[]>>;
  /** Files that the user named instead: the splits are those named, and no others. Absent where users cannot. */
  readonly chosen?: FileChoices | null;
  /** Other forms in which copies are in use; a file's ending and its first row tell which it has. */
  readonly otherForms?: readonly FileForm[];
  /** Where files hold the rows of all splits: their names, any of which may be missing, and the column that tells. */
  readonly pooled?: {
    readonly files: readonly string[];
    readonly column: string;
    readonly values: Readonly<Record<Split, string>>;
  };
  /** Where every text is a file, in a folder for each label: the folder of each split, and what label a folder means. */
  readonly textFolders?: {
    readonly splits: Partial<Readonly<Record<Split, string>>>;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly metrics: readonly string[];
  readonly licence: string;
}

const SPLITS: readonly Split[] = ['train', 'validation', 'test'];

/** A data set in the layout of its source. The source is its folder, or the folder that holds it. */
export function folderDataset(layout: FolderLayout): Dataset {
  const { columns, chosen, metrics, licence } = layout;
  return {
    task: taskOf(columns),
    metrics,
    licence,
    async splits(source) {
      // A file that the user named is missed when it is read: it does not vanish with its split.
      if (chosen) return SPLITS.filter((split) => chosen[split] !== undefined);
      const names = await source.list();
      if (
        layout.pooled &&
        findAll(
          names,
          layout,
          layout.pooled.files.map((name) => ({ name })),
        ).length > 0
      )
        return SPLITS;
      const there: Split[] = [];
      for (const split of SPLITS)
        if (
          findAll(names, layout, choices(split, layout)).length > 0 ||
          (await textFolderOf(split, layout, source)) !== undefined
        )
          there.push(split);
      return there;
    },
    async *examples(split, source) {
      const folder = chosen ? undefined : await textFolderOf(split, layout, source);
      if (folder !== undefined) {
        const labelMap = layout.textFolders!.labels;
        const rows = readTextFolders(source, folder, Object.keys(labelMap), layout.read.encoding);
        yield* toExamples(rows, { text: 'text', label: 'label', labels: columns.labels, labelMap });
        return;
      }
      for (const file of await locate(split, layout, source)) yield* examplesIn(file, split, layout, source);
    },
  };
}

async function* examplesIn(
  { name, from, to }: FileChoice,
  split: Split,
  layout: FolderLayout,
  source: DatasetSource,
): AsyncGenerator<TextExample> {
  const at = source.describe(name);
  const file = await source.open(name);
  const form = await formOf(file, at, [layout, ...(layout.otherForms ?? [])]);
  const { read, columns } = form;
  const { pooled } = layout;
  const wanted = [...neededBy(form), ...(pooled ? [pooled.column] : [])];
  const whole = completed(readRows(file, { ...read, at, columns: wanted }), form, name, source);
  const rows = sliceRows(whole, from, to);
  yield* toExamples(pooled ? only(rows, pooled.column, pooled.values[split]) : rows, columns);
}

async function* only(rows: AsyncIterable<Row>, column: string, value: string): AsyncGenerator<Row> {
  for await (const row of rows) if (row.values[column] === value) yield row;
}

/** The files that a split may have, the usual one first. */
function choices(split: Split, { files, chosen }: FolderLayout): FileChoice[] {
  if (!chosen) return (files[split] ?? []).map((name) => ({ name }));
  const choice = chosen[split] === undefined ? undefined : choiceOf(chosen[split]);
  return choice ? [choice] : [];
}

/** The files of a split: one, but where rows are pooled. */
async function locate(split: Split, layout: FolderLayout, source: DatasetSource): Promise<FileChoice[]> {
  const [folder] = [layout.folder].flat();
  const names = await source.list();
  const pooled = layout.chosen ? undefined : layout.pooled?.files.map((name) => ({ name }));
  const wanted = pooled ?? choices(split, layout);
  const found = findAll(names, layout, wanted);
  if (found.length > 0) return pooled ? found : found.slice(0, 1);
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

/** The wanted files that are listed, at the top or in the folder; a folder may be listed by its name alone. */
function findAll(names: readonly string[], { folder }: FolderLayout, wanted: readonly FileChoice[]): FileChoice[] {
  const inside = [folder]
    .flat()
    .map((each) => names.find((name) => name.split('/')[0]!.toLowerCase() === each.toLowerCase())?.split('/')[0])
    .find((name) => name !== undefined);
  return wanted.flatMap((choice) => {
    const { name } = choice;
    if (names.includes(name)) return [choice];
    const within = inside !== undefined && (names.includes(inside) || names.includes(`${inside}/${name}`));
    return within ? [{ ...choice, name: `${inside}/${name}` }] : [];
  });
}

/** The folder of a split whose texts are files, where it is there. */
async function textFolderOf(
  split: Split,
  { folder, textFolders }: FolderLayout,
  source: DatasetSource,
): Promise<string | undefined> {
  const own = textFolders?.splits[split];
  if (!textFolders || own === undefined) return undefined;
  for (const place of [own, ...[folder].flat().map((each) => `${each}/${own}`)]) {
    const inside = await source.list(place);
    if (Object.keys(textFolders.labels).every((label) => inside.includes(label))) return place;
  }
  return undefined;
}

import { definePlugin, option, parseOptions, type PluginFactory } from '@adapterfusion/contracts';
import { TEXT_ENCODINGS, type TextEncoding } from './decode.js';
import { fileChoices, type FileChoices } from './file-choice.js';
import type { FileForm } from './file-form.js';
import { folderDataset, type FolderLayout } from './folder-dataset.js';

/** The options of every task in the layout of its source. */
export interface FolderOptions {
  /** Which file each split is read from, `name` or `name[from:to]` for a part of its rows; null: the source's own. */
  readonly files: FileChoices | null;
  /** How files are written; other bytes than of UTF-8 are refused by default. */
  readonly encoding: TextEncoding;
}

const SPECS = { files: fileChoices, encoding: option.choice<TextEncoding>('utf-8', TEXT_ENCODINGS) };

/** The package that a task is published in. */
export interface TaskPackage {
  readonly packageName: string;
  readonly packageVersion: string;
}

/** What a task is called, and where its rows lie. */
export interface FolderTask extends Omit<FolderLayout, 'chosen'> {
  readonly id: string;
  readonly aliases?: readonly string[];
}

/** A task in the layout of its source as a plugin. @throws NAME_INVALID for an id that is not kebab or snake case */
export function folderTask(
  { id, aliases = [], ...layout }: FolderTask,
  published: TaskPackage,
): PluginFactory<'dataset', FolderOptions> {
  return definePlugin<'dataset', FolderOptions>({
    ...published,
    kind: 'dataset',
    id,
    aliases,
    supports: { streaming: true },
    options: (input) => parseOptions(SPECS, input, id),
    create({ files, encoding }) {
      const decoded = <F extends FileForm>(form: F): F => ({ ...form, read: { ...form.read, encoding } });
      const { otherForms = [] } = layout;
      return folderDataset({ ...decoded(layout), otherForms: otherForms.map(decoded), chosen: files });
    },
  });
}

import { definePlugin, option, parseOptions, type PluginFactory } from '@adapterfusion/contracts';
import { fileChoices, folderDataset, type FileChoices, type FileForm, type FolderLayout } from '@adapterfusion/data';

/** The options of every task of this package. */
export interface GlueOptions {
  /** Which file each split is read from, `name` or `name[from:to]` for a part of its rows; null: the benchmark's own. */
  readonly files: FileChoices | null;
  /** `utf-8-lossy` puts U+FFFD in the place of bytes that are not UTF-8; by default they are refused. */
  readonly encoding: 'utf-8' | 'utf-8-lossy';
}

const SPECS = { files: fileChoices, encoding: option.choice('utf-8', ['utf-8', 'utf-8-lossy']) };
const LICENCE = 'GLUE copy; its source states no licence';

/** A task of GLUE as a plugin, its files in the benchmark's own layout, or in another that is in use. */
export function glueTask(
  id: string,
  {
    licence = LICENCE,
    ...layout
  }: Omit<FolderLayout, 'read' | 'chosen' | 'licence'> & Partial<Pick<FolderLayout, 'read' | 'licence'>>,
  aliases: readonly string[] = [],
): PluginFactory<'dataset', GlueOptions> {
  return definePlugin<'dataset', GlueOptions>({
    kind: 'dataset',
    id,
    aliases,
    packageName: '@adapterfusion/dataset-glue',
    packageVersion: '0.1.0',
    supports: { streaming: false },
    options: (input) => parseOptions(SPECS, input, id),
    create: ({ files, encoding }) => {
      const decoded = (form: FileForm): FileForm => ({ ...form, read: { ...form.read, encoding } });
      const { otherForms, read = { format: 'tsv' }, columns } = layout;
      return folderDataset({
        ...layout,
        ...decoded({ read, columns }),
        ...(otherForms ? { otherForms: otherForms.map(decoded) } : {}),
        chosen: files,
        licence,
      });
    },
  });
}

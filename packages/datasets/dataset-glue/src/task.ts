import { definePlugin, parseOptions, type PluginFactory } from '@adapterfusion/contracts';
import { folderDataset, type FolderLayout } from '@adapterfusion/data';

/** The tasks of this package take no options. */
export type NoOptions = Readonly<Record<string, never>>;

const LICENCE = 'GLUE copy; its source states no licence';

/** A task of GLUE as a plugin, its files in the benchmark's own layout. */
export function glueTask(
  id: string,
  layout: Omit<FolderLayout, 'read' | 'licence'> & Partial<Pick<FolderLayout, 'read' | 'licence'>>,
  aliases: readonly string[] = [],
): PluginFactory<'dataset', NoOptions> {
  return definePlugin<'dataset', NoOptions>({
    kind: 'dataset',
    id,
    aliases,
    packageName: '@adapterfusion/dataset-glue',
    packageVersion: '0.1.0',
    supports: { streaming: false },
    options: (input) => parseOptions({}, input, id),
    create: () => folderDataset({ licence: LICENCE, read: { format: 'tsv' }, ...layout }),
  });
}

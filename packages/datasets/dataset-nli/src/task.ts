import type { PluginFactory } from '@adapterfusion/contracts';
import { folderTask, type FolderOptions, type FolderTask } from '@adapterfusion/data';

const published = { packageName: '@adapterfusion/dataset-nli', packageVersion: '0.1.0' };

/** A task of this package. */
export const nliTask = (task: FolderTask): PluginFactory<'dataset', FolderOptions> => folderTask(task, published);

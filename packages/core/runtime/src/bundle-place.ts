import { MANIFEST_FILE } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';

/** True where a folder is a bundle. */
export async function isBundle(files: Files, folder: string): Promise<boolean> {
  return (await files.kind(files.join(folder, MANIFEST_FILE))) === 'file';
}

/**
 * Checks, before any work is done, that a bundle may be written somewhere.
 * @param overwrite whether a bundle that is there may be replaced; nothing else ever is
 * @throws FILE_EXISTS
 */
export async function checkPlace(files: Files, folder: string, overwrite: boolean): Promise<void> {
  if ((await files.kind(folder)) === undefined) return;
  const bundle = await isBundle(files, folder);
  if (bundle && overwrite) return;
  throw new AdapterFusionError('FILE_EXISTS', {
    at: folder,
    expected: overwrite ? 'a free place or a bundle to replace' : 'a free place for the bundle',
    got: bundle ? 'a bundle' : 'something that is no bundle',
    fix: bundle ? 'Choose another place, or replace it with --overwrite.' : 'Choose another place.',
  });
}

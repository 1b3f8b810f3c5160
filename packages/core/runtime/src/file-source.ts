import { AdapterFusionError, type DatasetSource, type FileBytes, type Files } from '@adapterfusion/contracts';
import { fileBytes } from '@adapterfusion/data';

/** A file or folder as the source of a dataset. Folders are listed two levels deep. */
export function fileSource(files: Files, path: string): DatasetSource {
  const describe = (name: string): string => (name === '' ? path : files.join(path, name));
  const list = async (folder?: string): Promise<readonly string[]> => {
    if (folder !== undefined) {
      const inner = files.join(path, folder);
      return (await files.kind(inner)) === 'folder' ? files.list(inner) : [];
    }
    const kind = await files.kind(path);
    if (kind === 'file') return [''];
    if (kind === undefined)
      throw new AdapterFusionError('FILE_NOT_FOUND', {
        at: path,
        expected: 'a file or folder with data',
        got: 'nothing there',
        fix: 'Check the path.',
      });
    const names: string[] = [];
    for (const name of await files.list(path)) {
      const inner = files.join(path, name);
      if ((await files.kind(inner)) === 'file') names.push(name);
      else
        for (const each of await files.list(inner))
          if ((await files.kind(files.join(inner, each))) === 'file') names.push(`${name}/${each}`);
    }
    return names;
  };
  const open = async (name: string): Promise<FileBytes> =>
    files.open ? files.open(describe(name)) : fileBytes(await files.read(describe(name)));
  return { list, read: (name) => files.read(describe(name)), open, describe };
}

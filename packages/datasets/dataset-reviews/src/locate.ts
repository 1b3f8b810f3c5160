import { AdapterFusionError, type DatasetSource } from '@adapterfusion/contracts';

/** The name of a file in a source: the source itself, a file of the folder, or one of a folder in it. @throws FILE_NOT_FOUND */
export async function locate(source: DatasetSource, file: string): Promise<string> {
  const names = await source.list();
  const found = names.find((name) => name === '' || name === file || name.endsWith(`/${file}`));
  if (found !== undefined) return found;
  throw new AdapterFusionError('FILE_NOT_FOUND', {
    at: source.describe(''),
    expected: `the file ${file}`,
    got: names.join(', ') || 'an empty folder',
    fix: 'Give the folder test/fixtures of the npm package sentiment 5.0.2, or leave the folder away where npm installed it.',
  });
}

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folderName, MARK, partsOf, type Kind } from './cache.js';
import { kernelFile, kernelLevels } from './kernel-library.js';
import { packageFolder } from './layout.js';

/** Writes what a finished installation consists of, with nothing in the binaries. @returns its folder */
export async function layInstallation(cache: string, tensorflow: string, kind: Kind): Promise<string> {
  const folder = join(cache, folderName(tensorflow, kind));
  const kernels = kind === 'cpu' ? kernelLevels().map((level) => kernelFile(packageFolder(folder), level)) : [];
  for (const file of [...partsOf(folder), ...kernels]) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'binary');
  }
  await writeFile(join(folder, MARK), JSON.stringify({ tensorflow, kind }));
  return folder;
}

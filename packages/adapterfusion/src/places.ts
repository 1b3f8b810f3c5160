import type { Files } from '@adapterfusion/contracts';

/** The folder of that path, or else of the installed npm package of that name; what was given where there is neither. */
export async function folderOf(given: string, files: Files): Promise<string> {
  if ((await files.kind(given)) !== undefined) return given;
  return (await files.packageFolder?.(given)) ?? given;
}

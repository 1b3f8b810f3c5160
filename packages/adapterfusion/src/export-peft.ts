import { setupToExport } from './export-adapterhub.js';
import type { CommonOptions } from './options.js';

/** Options of {@link exportPeft}. */
export interface ExportPeftOptions extends Pick<CommonOptions, 'files' | 'registry'> {
  /** Where the folder is written; nothing may be there. */
  readonly out: string;
}

/**
 * Writes a bundle of one LoRA as a folder of the Python library PEFT, which computes the same hidden states with it. Its
 * head is left out.
 * @param bundle its folder, archive or package
 * @returns the names of what was written
 * @throws UNSUPPORTED for anything but one LoRA; BUNDLE_COMPILED; FILE_EXISTS; what reading bundles throws
 */
export async function exportPeft(
  bundle: string,
  options: ExportPeftOptions,
): Promise<{ adapters: string[]; files: string[] }> {
  const { files, setup } = await setupToExport(bundle, options);
  const { exportPeft: filesFor } = await import('@adapterfusion/adapterhub');
  const written = filesFor(setup);
  await files.writeFolder(options.out, written);
  return { adapters: [...setup.adapters.keys()], files: [...written.keys()] };
}

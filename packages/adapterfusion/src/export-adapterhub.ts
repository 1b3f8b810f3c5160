import type { ExportFormat } from '@adapterfusion/adapterhub';
import { AdapterFusionError, type Files } from '@adapterfusion/contracts';
import { checkPlace, findBundle, readBundle, type Setup } from '@adapterfusion/runtime';
import { registryOf } from './builtin-plugins.js';
import type { CommonOptions } from './options.js';
import { filesOf } from './platform.js';

/** Options of {@link exportAdapterHub}. */
export interface ExportAdapterHubOptions extends Pick<CommonOptions, 'files' | 'registry'> {
  /** Where the folder is written; nothing may be there. */
  readonly out: string;
  /** `bin`, which the library reads by default, `safetensors`, or `both`. Default `both`. */
  readonly format?: ExportFormat;
}

/**
 * Writes a bundle as a folder of the Python library `adapters`, which computes the same with it.
 * @param bundle its folder, archive or package
 * @returns the names of what was written
 * @throws UNSUPPORTED for what the library lacks or computes otherwise; BUNDLE_COMPILED; FILE_EXISTS; what reading bundles
 * throws
 */
export async function exportAdapterHub(
  bundle: string,
  options: ExportAdapterHubOptions,
): Promise<{ adapters: string[]; fusions: string[]; heads: string[]; files: string[] }> {
  const { files: given, setup } = await setupToExport(bundle, options);
  const { exportAdapterHub: filesFor } = await import('@adapterfusion/adapterhub');
  const written = filesFor(setup, options.format);
  await given.writeFolder(options.out, written);
  const names = (parts: ReadonlyMap<string, unknown>): string[] => [...parts.keys()];
  const { adapters, fusions, heads } = setup;
  return { adapters: names(adapters), fusions: names(fusions), heads: names(heads), files: names(written) };
}

/**
 * Reads a bundle that is written in another layout, and checks that nothing is at `options.out`.
 * @throws FILE_EXISTS; BUNDLE_COMPILED; UNSUPPORTED for one with a tuned encoder; what reading bundles throws
 */
export async function setupToExport(
  bundle: string,
  options: Pick<CommonOptions, 'files' | 'registry'> & { readonly out: string },
): Promise<{ files: Files; setup: Setup }> {
  const given = filesOf(options.files);
  await checkPlace(given, options.out, false);
  const { files, folder } = await findBundle(given, bundle);
  const setup = await readBundle(files, folder, await registryOf(options, given));
  if (setup.compiled)
    throw new AdapterFusionError('BUNDLE_COMPILED', {
      at: bundle,
      expected: 'a bundle whose adapters are apart',
      got: `one that was folded from "${setup.compiled.from}"`,
      fix: 'Export the bundle that it was folded from.',
    });
  if (setup.kind === 'model')
    throw new AdapterFusionError('UNSUPPORTED', {
      at: bundle,
      expected: 'a bundle that stands on an encoder as it is',
      got: 'one that carries a tuned encoder',
      fix: 'Its folder is a model in the layout of the hub: load that with transformers.',
    });
  return { files: given, setup };
}

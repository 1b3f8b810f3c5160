import { checkPlace, findBundle, packBundle, type PackedBundle, type PackOptions } from '@adapterfusion/runtime';
import { registryOf } from './builtin-plugins.js';
import type { CommonOptions } from './options.js';
import { filesOf } from './platform.js';

/** Options of {@link pack}. */
export interface PackBundleOptions extends PackOptions, Pick<CommonOptions, 'files' | 'registry'> {
  /** The folder that is written. */
  readonly out: string;
  /** Take the place of a package that is there. Default false. */
  readonly overwrite?: boolean;
}

/**
 * Makes of a bundle a folder that `npm publish` takes as it is.
 * @param bundle its folder, archive or package
 * @returns what the package needs, and the names of its files
 * @throws NAME_INVALID for a name that npm refuses; OPTIONS_INVALID for a version that is none; UNSUPPORTED for adapters of two
 * versions of one package that are not carried along; FILE_EXISTS; what reading bundles throws
 */
export async function pack(
  bundle: string,
  options: PackBundleOptions,
): Promise<Omit<PackedBundle, 'files'> & { readonly files: readonly string[] }> {
  const given = filesOf(options.files);
  await checkPlace(given, options.out, options.overwrite ?? false);
  const registry = await registryOf(options, given);
  const { files, folder } = await findBundle(given, bundle);
  const packed = await packBundle(files, folder, registry, options);
  await given.writeFolder(options.out, packed.files, { replace: options.overwrite ?? false });
  return { ...packed, files: [...packed.files.keys()] };
}

import { checkPlace, describeModel, applySetup, writeBundle } from '@adapterfusion/runtime';
import { backboneOf, openSetup } from './open-setup.js';
import type { CommonOptions } from './options.js';
import { filesOf } from './platform.js';
import { openSession } from './session.js';

/** Options of {@link importAdapterHub}. */
export interface ImportOptions extends CommonOptions {
  /** Folder of the encoder it belongs to, the npm package that holds it, or its id on the hub (`org/name@revision`). */
  readonly model: string;
  /** Where the bundle is written. */
  readonly out: string;
  readonly overwrite?: boolean;
  /** Accept an import that names another encoder. */
  readonly backboneUnverified?: boolean;
}

/**
 * Turns what the Python library `adapters` saved (an adapter, a fusion, a head, a whole set-up) into a bundle, checked by
 * building it on its encoder.
 * @returns the names of what was imported
 * @throws as reading and writing bundles does
 */
export async function importAdapterHub(
  folder: string,
  options: ImportOptions,
): Promise<{ adapters: string[]; fusions: string[]; heads: string[] }> {
  await checkPlace(filesOf(options.files), options.out, options.overwrite ?? false);
  const session = await openSession(options.model, options);
  const { files, registry, model, encoder } = session;
  try {
    const setup = await openSetup(folder, { ...options, files, registry, encoder });
    applySetup(model, setup, registry);
    const described = await describeModel(model);
    const backbone = backboneOf(setup, encoder);
    await writeBundle(files, options.out, { ...setup, ...described, backbone }, registry, {
      replace: options.overwrite ?? false,
    });
    return { adapters: [...setup.adapters.keys()], fusions: [...setup.fusions.keys()], heads: [...setup.heads.keys()] };
  } finally {
    model.dispose();
  }
}

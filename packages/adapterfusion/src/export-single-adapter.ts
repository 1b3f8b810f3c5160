import { AdapterFusionError, checkName, identityOf, type JsonValue } from '@adapterfusion/contracts';
import { combineAdapters } from '@adapterfusion/model/combine';
import { checkPlace, describeModel, packEncoder, writeBundle, type SetupPart } from '@adapterfusion/runtime';
import { openModel, type LoadOptions } from './load.js';
import { backboneOf } from './open-setup.js';
import { filesOf } from './platform.js';

/** Options of {@link exportSingleAdapter}. */
export interface ExportSingleAdapterOptions extends LoadOptions {
  /** Where the bundle is written. */
  readonly out: string;
  /** Name of the adapter and of the bundle. Default: the name of the bundle that is read. */
  readonly name?: string;
  /** Replace a bundle that is there. Default false. */
  readonly overwrite?: boolean;
}

/** The bundle that {@link exportSingleAdapter} wrote. */
export interface SingleAdapterBundle {
  readonly path: string;
  /** Name of the adapter. */
  readonly adapter: string;
  /** `package#id` of its method. */
  readonly plugin: string;
  /** Names of the adapters that it was made of. */
  readonly adapters: readonly string[];
  /** Numbers in adapters and fusion, before and after. */
  readonly parameters: { readonly before: number; readonly after: number };
}

/**
 * Writes an ordinary adapter that computes exactly what a fusion with weights that do not depend on the tokens (`scaling`,
 * `average`) and its adapters do, with the same heads. The bundle can be loaded, trained on, fused with others, and
 * exported to Python.
 * @param path the folder of a bundle, or of a set-up of the Python library `adapters`
 * @throws as `load`; FILE_EXISTS; NAME_INVALID; BUNDLE_COMPILED for one that is compiled; UNSUPPORTED naming the reason
 * where no single adapter computes the same: another fusion, different methods, activations or sites, gates, layer norms
 */
export async function exportSingleAdapter(
  path: string,
  options: ExportSingleAdapterOptions,
): Promise<SingleAdapterBundle> {
  const { out, overwrite = false } = options;
  const files = filesOf(options.files);
  await checkPlace(files, out, overwrite);
  const { session, setup } = await openModel(path, options);
  const { model, registry } = session;
  try {
    if (setup.compiled)
      throw new AdapterFusionError('BUNDLE_COMPILED', {
        at: path,
        expected: 'a bundle whose adapters are apart',
        got: `one that was folded from "${setup.compiled.from}"`,
        fix: 'Export the bundle that it was folded from.',
      });
    const name = checkName(options.name ?? setup.name, 'an adapter');
    const { configured, values, adapters } = await combineAdapters(model);
    const plugin = identityOf(configured.plugin);
    const part: SetupPart = { plugin, options: configured.options as { [key: string]: JsonValue }, values };
    const { heads } = await describeModel(model);
    const encoder = setup.kind === 'model' ? await packEncoder(model, session.settings) : undefined;
    await writeBundle(
      files,
      out,
      {
        ...setup,
        kind: encoder ? 'model' : 'adapter',
        name,
        composition: name,
        adapters: new Map([[name, part]]),
        fusions: new Map(),
        heads,
        training: { ...setup.training, combined: [...adapters] },
        backbone: backboneOf(setup, session.encoder),
      },
      registry,
      { replace: overwrite, ...(encoder ? { encoder } : {}) },
    );
    const before = model.parameters.count((each) => /^(adapters|fusions)\//.test(each));
    const after = [...values.values()].reduce((total, { data }) => total + data.length, 0);
    return { path: out, adapter: name, plugin, adapters, parameters: { before, after } };
  } finally {
    model.dispose();
  }
}

import { AdapterFusionError } from '@adapterfusion/contracts';
import { compileForInference } from '@adapterfusion/model';
import { checkPlace, describeModel, packEncoder, writeBundle } from '@adapterfusion/runtime';
import { openModel, type LoadOptions } from './load.js';
import { backboneOf } from './open-setup.js';
import { filesOf } from './platform.js';

/** Options of {@link exportCompiled}. */
export interface ExportCompiledOptions extends LoadOptions {
  /** Where the compiled bundle is written. */
  readonly out: string;
  /** Take the place of a bundle that is there. Default false. */
  readonly overwrite?: boolean;
}

/** What {@link exportCompiled} wrote. */
export interface CompiledBundle {
  readonly path: string;
  /** Names of the fusions that were folded. */
  readonly fusions: readonly string[];
  /** How many numbers adapters and fusions are, before and after. */
  readonly parameters: { readonly before: number; readonly after: number };
}

/** The file of a bundle's own weights. */
const WEIGHTS = 'weights.safetensors';

/**
 * Writes a bundle for prediction only: its fusions folded into the factors of their adapters, which is the same function
 * of fewer numbers.
 * @param path the folder of a bundle, or of a set-up of the Python library `adapters`
 * @throws as `load`; FILE_EXISTS; BUNDLE_COMPILED for one that is compiled; UNSUPPORTED where there is nothing to fold
 */
export async function exportCompiled(path: string, options: ExportCompiledOptions): Promise<CompiledBundle> {
  const { out, overwrite = false } = options;
  const files = filesOf(options.files);
  await checkPlace(files, out, overwrite);
  const { session, setup, manifest } = await openModel(path, options);
  const { model, registry } = session;
  try {
    if (setup.compiled)
      throw new AdapterFusionError('BUNDLE_COMPILED', {
        at: path,
        expected: 'a bundle whose fusions are not folded yet',
        got: `one that was folded from "${setup.compiled.from}"`,
        fix: 'It is what you want already.',
      });
    const count = (): number => model.parameters.count((name) => /^(adapters|fusions)\//.test(name));
    const before = count();
    const parameters = model.parameters.count((name) => /^(adapters|fusions|heads)\//.test(name));
    const fusions = compileForInference(model);
    if (fusions.length === 0)
      throw new AdapterFusionError('UNSUPPORTED', {
        at: path,
        expected: 'a fusion that can be folded',
        got: model.fusions.size === 0 ? 'none' : `fusions that cannot: ${[...model.fusions.keys()].join(', ')}`,
        fix: 'Use the bundle as it is, or make one adapter of it with "export --single-adapter".',
      });
    const weights = manifest?.files[WEIGHTS]?.sha256;
    const encoder = setup.kind === 'model' ? await packEncoder(model, session.settings) : undefined;
    await writeBundle(
      files,
      out,
      {
        ...setup,
        ...(await describeModel(model)),
        backbone: backboneOf(setup, session.encoder),
        compiled: { from: setup.name, parameters, ...(weights ? { weights } : {}) },
      },
      registry,
      { replace: overwrite, ...(encoder ? { encoder } : {}) },
    );
    return { path: out, fusions, parameters: { before, after: count() } };
  } finally {
    model.dispose();
  }
}

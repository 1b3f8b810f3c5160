import { writeSafetensors } from '@adapterfusion/checkpoint';
import { AdapterFusionError, type JsonValue } from '@adapterfusion/contracts';
import { exportComposition, type ExportComposition } from './export-composition.js';
import { adapterToSave, fusionToSave, headToSave, type Part } from './export-parts.js';
import { json, withFloats } from './json-text.js';
import { namesOf } from './model-names.js';
import { writeTorchFile, type TensorToSave } from './torch-write.js';

type Json = { readonly [key: string]: JsonValue };

/** An adapter, fusion or head to be saved: its plugin (`package#id`), options and values by our paths. */
export interface ExportPart {
  readonly plugin: string;
  readonly options: Json;
  readonly values: ReadonlyMap<string, TensorToSave>;
}

/** A whole set-up, as `@adapterfusion/runtime` reads it of a bundle. */
export interface ExportSetup {
  readonly name: string;
  readonly composition: ExportComposition | null;
  readonly adapters: ReadonlyMap<string, ExportPart>;
  readonly fusions: ReadonlyMap<string, ExportPart & { readonly children: readonly string[] }>;
  readonly heads: ReadonlyMap<string, ExportPart & { readonly labels: readonly string[] }>;
  readonly backbone: { readonly id?: string; readonly modelType?: string; readonly hidden?: number };
}

/** Which files hold the values: torch's, which the library reads by default, safetensors, or both. */
export type ExportFormat = 'bin' | 'safetensors' | 'both';

/** The version of the library that the folder is written for. */
const VERSION = 'adapters.1.3.0';

/**
 * The files of a folder that the Python library `adapters` loads with `load_adapter_setup`, and of which `load_adapter`,
 * `load_adapter_fusion` and `load_head` take parts. Everything is refused that would compute something else there.
 * @returns bytes by path in the folder
 * @throws UNSUPPORTED for methods, compositions, heads and encoders that the library lacks or computes otherwise
 */
export function exportAdapterHub(setup: ExportSetup, format: ExportFormat = 'both'): Map<string, Uint8Array> {
  const model = namesOf(setup);
  const files = new Map<string, Uint8Array>();
  const fusions = new Map<string, readonly string[]>();
  const adapterSetup = exportComposition(setup, fusions);
  const save = (folder: string, part: Part): void => {
    const names = { hidden_size: setup.backbone.hidden ?? 0, model_class: model.modelClass };
    const common = { ...names, model_name: setup.backbone.id ?? '', model_type: model.modelType, version: VERSION };
    files.set(
      `${folder}/${part.configFile}`,
      json({ ...part.config, config: withFloats(part.config.config, FLOATS), ...common }),
    );
    if (format !== 'bin') files.set(`${folder}/${part.safetensors}`, writeSafetensors(listed(part.tensors)));
    if (format !== 'safetensors') files.set(`${folder}/${part.torch}`, writeTorchFile(part.tensors));
  };
  for (const [name, part] of setup.adapters) save(name, adapterToSave(name, part, model));
  for (const [name, children] of fusions) save(children.join(), fusionToSave(children, fusionOf(setup, name), model));
  const heads = [...setup.heads];
  // A head of an adapter's name lies in the adapter's folder, as the library puts it.
  for (const [name, part] of heads) save(name, headToSave(name, part));
  files.set(
    'adapter_setup.json',
    json({ adapter_setup: adapterSetup, head_setup: heads.length === 1 ? heads[0]![0] : null, version: VERSION }),
  );
  return files;
}

function fusionOf({ fusions, name: at }: ExportSetup, name: string): ExportPart {
  const part = fusions.get(name);
  if (part) return part;
  throw new AdapterFusionError('COMPOSITION_INVALID', {
    at,
    expected: `a fusion named "${name}"`,
    got: [...fusions.keys()].join(', ') || 'none',
    fix: 'Save the bundle again.',
  });
}

const listed = (tensors: ReadonlyMap<string, TensorToSave>) =>
  Array.from(tensors, ([name, { shape, data }]) => ({ name, shape, data }));

/** What the library asks to be a float: `1.0` in its files, which JSON here would write as `1`. */
const FLOATS = ['scaling', 'dropout', 'dropout_prob', 'stochastic_depth', 'alpha'];

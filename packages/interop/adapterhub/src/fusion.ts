import { checkName, type Files, type JsonValue } from '@adapterfusion/contracts';
import { readConfigFile, type ConfigFile } from './config-file.js';
import type { ImportedFusion } from './imported.js';
import { layersOf, siteMeaning } from './site-names.js';
import { foreignWarning, readWeights, sortWeights, takeTensors } from './weights.js';

export const FUSION_CONFIG = 'adapter_fusion_config.json';

/**
 * Reads a fusion folder (`adapter_fusion_config.json`, `model_adapter_fusion.safetensors`). The reference joins the names
 * of the adapters with commas, which no name of ours may have: here they are joined with `+`, or `fusion` where that is
 * over 100 characters.
 * @throws as `readAdapter`
 */
export async function readFusion(files: Files, dir: string): Promise<ImportedFusion> {
  const file = await readConfigFile(files, dir, FUSION_CONFIG);
  const children = childNames(file);
  const theirs = file.text('name');
  const options = file.object('config');
  const model = file.model();
  const weights = await readWeights(files, dir, 'model_adapter_fusion.safetensors', 'pytorch_model_adapter_fusion.bin');
  const sorted = sortWeights(weights, (key) => siteMeaning(key, 'adapter_fusion_layer', theirs, (rest) => rest));
  const found = [...sorted.own.keys()];
  const locations = new Set(found.map((path) => path.split('/')[1]!));
  const shapes = new Map<string, readonly number[]>();
  for (let layer = 0; layer < Math.max(1, layersOf(found)); layer++)
    for (const location of locations.size > 0 ? locations : ['output_adapter'])
      for (const [parameter, shape] of parameterShapes(options, model.hiddenSize))
        shapes.set(`${layer}/${location}/${parameter}`, shape);
  return {
    name: fusionName(children, new Set()),
    children,
    plugin: '@adapterfusion/fusion-attention#attention',
    options,
    tensors: takeTensors(sorted, shapes),
    model,
    warnings: foreignWarning(sorted, `the fusion ${theirs}`),
  };
}

/** The adapters in order; old files have them in the name only. */
function childNames(file: ConfigFile): string[] {
  const names = file.value['adapter_names'] ?? file.text('name').split(',');
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string'))
    return file.refuse('adapter_names', 'a list of names');
  return names.map((name) => checkName(name, `an adapter in ${file.at}`));
}

function parameterShapes(options: { readonly [key: string]: JsonValue }, width: number) {
  const shapes: [string, readonly number[]][] = [];
  for (const part of ['query', 'key'])
    if (options[part] !== false) shapes.push([`${part}.weight`, [width, width]], [`${part}.bias`, [width]]);
  if (options['value'] !== false) shapes.push(['value.weight', [width, width]]);
  return shapes;
}

/** A name of ours for the fusion of these adapters: theirs joined with `+`, or the first of `fusion`, `fusion2`, … free. */
export function fusionName(children: readonly string[], taken: ReadonlySet<string>): string {
  const joined = children.join('+');
  if (joined.length <= 100 && !taken.has(joined)) return joined;
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'fusion' : `fusion${number}`;
    if (!taken.has(name)) return name;
  }
}

import { AdapterFusionError, checkName, type Files, type JsonValue } from '@adapterfusion/contracts';
import { readAdapter } from './adapter.js';
import { importComposition } from './composition.js';
import { readConfigFile } from './config-file.js';
import { FUSION_CONFIG, fusionName, readFusion } from './fusion.js';
import { readHead } from './head.js';
import type { ImportedAdapter, ImportedFusion, ImportedHead, ImportedModel, ImportedSetup } from './imported.js';

export const SETUP_FILE = 'adapter_setup.json';

/**
 * Reads a set-up folder, as `save_adapter_setup` writes it: `adapter_setup.json` and a folder for each adapter, fusion and
 * head that it names. Other folders beside them are not looked at.
 * @throws BUNDLE_INVALID for a damaged set-up, and for parts that were trained on different models; otherwise as
 * `readAdapter`, `readFusion` and `readHead`
 */
export async function readSetup(files: Files, dir: string): Promise<ImportedSetup> {
  const file = await readConfigFile(files, dir, SETUP_FILE);
  const warnings: string[] = [];
  const adapterNames = new Set<string>();
  const fusionNames = new Map<string, { name: string; children: readonly string[] }>();
  const tree = file.value['adapter_setup'] ?? null;
  const composition =
    tree === null
      ? null
      : importComposition(tree, `${file.at}: adapter_setup`, {
          adapters: adapterNames,
          fusion(children) {
            const taken = new Set([...adapterNames, ...[...fusionNames.values()].map(({ name }) => name)]);
            const known = fusionNames.get(children.join());
            const use = known ?? { name: fusionName(children, taken), children };
            fusionNames.set(children.join(), use);
            return use.name;
          },
          warn: (text) => warnings.push(text),
        });
  const heads: ImportedHead[] = [];
  const adapters: ImportedAdapter[] = [];
  const fusions: ImportedFusion[] = [];
  for (const name of adapterNames) adapters.push(named(await readAdapter(files, files.join(dir, name)), name, dir));
  for (const { name, children } of fusionNames.values())
    fusions.push(await readFusionOf(files, await fusionFolder(files, dir, children), children, name, adapters));
  const head = file.value['head_setup'] ?? null;
  for (const name of headNames(head, `${file.at}: head_setup`))
    heads.push(named(await readHead(files, files.join(dir, name)), name, dir));
  if (head !== null && typeof head !== 'string')
    warnings.push(`${file.at}: several heads are active; choose one, here none is.`);
  return together(dir, {
    composition,
    adapters,
    fusions,
    heads,
    ...(typeof head === 'string' ? { activeHead: head } : {}),
    warnings,
  });
}

/** Reads a fusion under our name and checks that it is there wherever one of its adapters acts. */
async function readFusionOf(
  files: Files,
  folder: string,
  children: readonly string[],
  name: string,
  adapters: readonly ImportedAdapter[],
): Promise<ImportedFusion> {
  const fusion = await readFusion(files, folder);
  if (fusion.children.join() !== children.join())
    throw new AdapterFusionError('BUNDLE_INVALID', {
      at: folder,
      expected: `a fusion of ${children.join(', ')}`,
      got: `one of ${fusion.children.join(', ')}`,
      fix: 'Save the set-up again.',
    });
  const sitesOf = (paths: Iterable<string>) => Array.from(paths, (path) => path.split('/', 2).join('/'));
  const present = new Set(sitesOf(fusion.tensors.keys()));
  const members = adapters.filter((adapter) => fusion.children.includes(adapter.name));
  const missing = new Set(
    members.flatMap((adapter) => sitesOf(adapter.tensors.keys()).filter((site) => !present.has(site))),
  );
  if (missing.size === 0) return { ...fusion, name };
  throw new AdapterFusionError('TENSORS_INVALID', {
    at: folder,
    expected: 'a fusion wherever one of its adapters acts',
    got: `none at ${[...missing].join(', ')}`,
    fix: 'Save the set-up again.',
  });
}

/** Puts parts together that were trained on one model. @throws BUNDLE_INVALID where they were not */
export function together(at: string, parts: Omit<ImportedSetup, keyof ImportedModel>): ImportedSetup {
  const all = [...parts.adapters, ...parts.fusions, ...parts.heads];
  const warnings = [...parts.warnings, ...all.flatMap((part) => part.warnings)];
  const [first] = all;
  if (first === undefined)
    throw new AdapterFusionError('BUNDLE_INVALID', {
      at,
      expected: 'an adapter, a fusion or a head',
      got: 'a set-up without any',
      fix: 'Save a set-up in which something is active.',
    });
  const words = ({ modelType, hiddenSize }: ImportedModel) => `${modelType ?? 'a model'} of width ${hiddenSize}`;
  for (const { name, model } of all) {
    if (words(model) !== words(first.model))
      throw new AdapterFusionError('BUNDLE_INVALID', {
        at,
        expected: `parts trained on one model, as "${first.name}" on ${words(first.model)}`,
        got: `"${name}" on ${words(model)}`,
        fix: 'Leave one of them out.',
      });
    if (model.modelName !== first.model.modelName)
      warnings.push(
        `${at}: "${name}" was trained on "${model.modelName}", "${first.name}" on "${first.model.modelName}".`,
      );
  }
  return { ...parts, ...first.model, warnings };
}

/** A part whose own name is that of its folder. */
function named<P extends { readonly name: string }>(part: P, name: string, dir: string): P {
  if (part.name === name) return part;
  throw new AdapterFusionError('BUNDLE_INVALID', {
    at: dir,
    expected: `"${name}" in the folder of that name`,
    got: `"${part.name}"`,
    fix: 'Save the set-up again.',
  });
}

/** The folder is called after the adapters, joined with commas, or by a name that was chosen, which no file repeats. */
async function fusionFolder(files: Files, dir: string, children: readonly string[]): Promise<string> {
  const usual = files.join(dir, children.join());
  if ((await files.kind(files.join(usual, FUSION_CONFIG))) !== undefined) return usual;
  for (const entry of await files.list(dir)) {
    const folder = files.join(dir, entry);
    if ((await files.kind(files.join(folder, FUSION_CONFIG))) !== 'file') continue;
    const { value } = await readConfigFile(files, folder, FUSION_CONFIG);
    if (JSON.stringify(value['adapter_names']) === JSON.stringify(children)) return folder;
  }
  return usual;
}

/** Names of the heads in a head set-up: a name, a list, or a block of them. */
function headNames(head: JsonValue, at: string): string[] {
  if (head === null) return [];
  if (typeof head === 'string') return [checkName(head, `a head in ${at}`)];
  const children = Array.isArray(head) ? (head as JsonValue[]) : (head as { children?: JsonValue }).children;
  if (!Array.isArray(children))
    throw new AdapterFusionError('BUNDLE_INVALID', {
      at,
      expected: 'the name of a head, or a list of names',
      got: JSON.stringify(head).slice(0, 80),
      fix: 'Save the set-up again.',
    });
  return [...new Set((children as JsonValue[]).flatMap((child) => headNames(child, at)))];
}

import { AdapterFusionError, identityOf, type AnyConfigured, type JsonValue } from '@adapterfusion/contracts';
import { compileForInference, nodesOf, type Composition, type Model, type Source } from '@adapterfusion/model';
import type { Registry } from './registry.js';
import type { FusionPart, HeadPart, Setup, SetupPart } from './setup.js';

/**
 * Puts a set-up's adapters, fusions and heads on a model and makes its composition active; folds its fusions where it is
 * compiled.
 * @throws PLUGIN_MISSING, OPTIONS_INVALID, TENSORS_INVALID, NAME_INVALID, COMPOSITION_INVALID
 */
export function applySetup(model: Model, setup: Setup, registry: Registry): void {
  const source = (part: SetupPart): Source => (setup.compiled ? { blank: true } : { values: part.values });
  for (const [name, part] of setup.adapters)
    model.addAdapter(name, registry.configure('adapter', part.plugin, part.options), source(part));
  for (const node of fusesOf(setup.composition)) {
    const part = setup.fusions.get(node.fusion);
    if (!part)
      throw new AdapterFusionError('COMPOSITION_INVALID', {
        at: setup.name,
        expected: `a fusion named "${node.fusion}"`,
        got: [...setup.fusions.keys()].join(', ') || 'none',
        fix: 'Load the whole set-up, its fusion included.',
      });
    model.addFusion(registry.configure('fusion', part.plugin, part.options), node, source(part));
  }
  for (const [name, part] of setup.heads)
    model.addHead(
      name,
      registry.configure('head', part.plugin, part.options),
      part.labels,
      { values: part.values },
      part.task,
    );
  if (setup.composition !== null) model.compose(setup.composition);
  if (!setup.compiled) return;
  compileForInference(model);
  for (const group of ['adapters', 'fusions'] as const)
    for (const [name, { values }] of setup[group]) model.parameters.fill(`${group}/${name}`, values);
}

/**
 * Puts adapters on a model.
 * @throws PLUGIN_MISSING, OPTIONS_INVALID, TENSORS_INVALID, NAME_INVALID; BUNDLE_COMPILED for those of a compiled bundle
 */
export function addAdapters(model: Model, adapters: ReadonlyMap<string, SetupPart>, registry: Registry): void {
  for (const [name, part] of adapters) {
    if (part.folded)
      throw new AdapterFusionError('BUNDLE_COMPILED', {
        at: name,
        expected: 'an adapter with weights of its own',
        got: 'one of a compiled bundle, folded into its fusion',
        fix: 'Use the bundle that it was compiled from: its card names it.',
      });
    model.addAdapter(name, registry.configure('adapter', part.plugin, part.options), { values: part.values });
  }
}

/** What a model holds, as data: every adapter, fusion and head with its values, leads of fusions written out. */
export async function describeModel(
  model: Model,
): Promise<Pick<Setup, 'composition' | 'adapters' | 'fusions' | 'heads'>> {
  const part = async (
    group: 'adapters' | 'fusions' | 'heads',
    name: string,
    { plugin, options }: AnyConfigured,
  ): Promise<SetupPart> => ({
    plugin: identityOf(plugin),
    version: `^${plugin.packageVersion}`,
    options: options as { [key: string]: JsonValue },
    values: await model.values(group, name),
  });
  const adapters = new Map<string, SetupPart>();
  for (const [name, { configured }] of model.adapters) adapters.set(name, await part('adapters', name, configured));
  const fusions = new Map<string, FusionPart>();
  for (const [name, { configured, children }] of model.fusions)
    fusions.set(name, { ...(await part('fusions', name, configured)), children });
  const heads = new Map<string, HeadPart>();
  for (const [name, { configured, labels, task }] of model.heads)
    heads.set(name, { ...(await part('heads', name, configured)), labels, task });
  return { composition: model.composition ?? null, adapters, fusions, heads };
}

function fusesOf(composition: Composition | null): Extract<Composition, { type: 'fuse' }>[] {
  return composition === null
    ? []
    : nodesOf(composition).flatMap((node) => (typeof node !== 'string' && node.type === 'fuse' ? [node] : []));
}

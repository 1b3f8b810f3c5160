import {
  AdapterFusionError,
  configure,
  identityOf,
  nearest,
  SPEC,
  type AnyPlugin,
  type AnyConfigured,
  type PluginKind,
} from '@adapterfusion/contracts';
import { parseMethod } from './method.js';

type Given = AnyPlugin | { readonly plugin: AnyPlugin };

/** The plugins that a program knows. There is no list of methods anywhere else: a stranger's joins with `use`. */
export class Registry {
  readonly #plugins = new Map<string, AnyPlugin>();

  /**
   * Adds plugins, or the factories that `definePlugin` made.
   * @throws SPEC_UNSUPPORTED for one of another contract version; PLUGIN_DUPLICATE for a second one of the same identity
   */
  use(...given: readonly Given[]): this {
    for (const each of given) {
      const plugin = 'plugin' in each ? each.plugin : each;
      const identity = identityOf(plugin);
      const key = `${plugin.kind} ${identity}`;
      if ((plugin.spec as number) !== SPEC)
        throw new AdapterFusionError('SPEC_UNSUPPORTED', {
          at: identity,
          expected: `a plugin of contract version ${SPEC}`,
          got: String(plugin.spec),
          fix: 'Install versions of the packages that belong together.',
        });
      const held = this.#plugins.get(key);
      if (held && held !== plugin)
        throw new AdapterFusionError('PLUGIN_DUPLICATE', {
          at: identity,
          expected: 'one copy of the package',
          got: `versions ${held.packageVersion} and ${plugin.packageVersion}`,
          fix: 'Install one version only ("npm ls" shows who asks for which).',
        });
      this.#plugins.set(key, plugin);
    }
    return this;
  }

  /** Every plugin of a kind, in the order they joined. */
  list<K extends PluginKind>(kind: K): AnyPlugin<K>[] {
    return [...this.#plugins.values()].filter((plugin) => plugin.kind === kind) as unknown as AnyPlugin<K>[];
  }

  /**
   * The plugin of that identity (`package#id`), id or alias.
   * @throws PLUGIN_MISSING with the nearest name; PLUGIN_DUPLICATE for an id that two packages claim
   */
  get<K extends PluginKind>(kind: K, name: string): AnyPlugin<K> {
    const plugins = this.list(kind);
    const exact = plugins.filter((plugin) => identityOf(plugin) === name);
    const byId = plugins.filter((plugin) => plugin.id === name);
    const byAlias = plugins.filter((plugin) => plugin.aliases?.includes(name));
    const found = [exact, byId, byAlias].find((each) => each.length > 0) ?? [];
    if (found.length === 1) return found[0]!;
    if (found.length > 1)
      throw new AdapterFusionError('PLUGIN_DUPLICATE', {
        at: name,
        expected: `one ${kind} of this name`,
        got: found.map(identityOf).join(' and '),
        fix: `Write the whole name, for example "${identityOf(found[0]!)}".`,
      });
    const names = plugins.flatMap((plugin) => [plugin.id, ...(plugin.aliases ?? [])]);
    const near = nearest(name, names);
    throw new AdapterFusionError('PLUGIN_MISSING', {
      at: name,
      expected: `a known ${kind}: ${plugins.map(({ id }) => id).join(', ') || 'none is registered'}`,
      got: JSON.stringify(name),
      fix: near
        ? `Did you mean "${near}"?`
        : name.includes('#')
          ? `Install ${name.split('#')[0]} and register it with registry.use().`
          : 'Install the package that has it and register it with registry.use().',
    });
  }

  /**
   * A configured plugin from a word such as `seq_bn[reduction_factor=16]`.
   * @throws as {@link get}; OPTIONS_INVALID
   */
  configure<K extends PluginKind>(kind: K, method: string, options?: object): AnyConfigured<K> {
    const { name, options: inline } = parseMethod(method);
    return configure(this.get(kind, name), { ...inline, ...options });
  }
}

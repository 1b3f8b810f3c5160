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
import type { DeclaredPlugin } from './installed.js';
import { configuredOf, parseMethod } from './method.js';

type Given = AnyPlugin | { readonly plugin: AnyPlugin };

/** The plugins that a program knows. There is no list of methods anywhere else: a stranger's joins with `use`. */
export class Registry {
  readonly #plugins = new Map<string, AnyPlugin>();
  readonly #declared = new Map<string, DeclaredPlugin>();

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

  /** Makes known what installed packages say they have. A package is imported when {@link load} asks for its plugin. */
  declare(...declared: readonly DeclaredPlugin[]): this {
    for (const each of declared) this.#declared.set(`${each.kind} ${identityOf(each)}`, each);
    return this;
  }

  /** Every plugin of a kind, in the order they joined. */
  list<K extends PluginKind>(kind: K): AnyPlugin<K>[] {
    return [...this.#plugins.values()].filter((plugin) => plugin.kind === kind) as unknown as AnyPlugin<K>[];
  }

  /** Whether there is a plugin of that identity, id or alias, joined or declared. */
  has(kind: PluginKind, name: string): boolean {
    return this.#named(kind, name).length > 0;
  }

  /**
   * The plugin of that identity (`package#id`), id or alias, out of those that joined.
   * @throws PLUGIN_MISSING with the nearest name; PLUGIN_DUPLICATE for an id that two packages claim
   */
  get<K extends PluginKind>(kind: K, name: string): AnyPlugin<K> {
    const found = this.#find(kind, name);
    const plugin = found && this.list(kind).find((each) => identityOf(each) === identityOf(found));
    if (plugin) return plugin;
    const plugins = this.list(kind);
    const claims = [...plugins, ...this.#waiting(kind)];
    const names = [...claims.map(({ id }) => id), ...plugins.flatMap(({ aliases = [] }) => aliases)];
    const near = found ? undefined : nearest(name, names);
    throw new AdapterFusionError('PLUGIN_MISSING', {
      at: name,
      expected: `a known ${kind}: ${claims.map(({ id }) => id).join(', ') || 'none is registered'}`,
      got: found ? `one of ${found.packageName} that is not loaded` : JSON.stringify(name),
      fix: near
        ? `Did you mean "${near}"?`
        : name.includes('#')
          ? `Install ${name.split('#')[0]}; in a browser register its plugin with registry.use().`
          : 'Install the package that has it; in a browser register its plugin with registry.use().',
    });
  }

  /**
   * A configured plugin from a word such as `seq_bn[reduction_factor=16]`, out of those that joined.
   * @throws as {@link get}; OPTIONS_INVALID, PLUGIN_FAILED
   */
  configure<K extends PluginKind>(kind: K, method: string, options?: object): AnyConfigured<K> {
    const { name, options: inline } = parseMethod(method);
    return configure(this.get(kind, name), { ...inline, ...options });
  }

  /**
   * As {@link get}; a package that only declared the plugin is imported for it.
   * @throws as {@link get}; PLUGIN_INVALID where the package has not what it declares; PLUGIN_FAILED, SPEC_UNSUPPORTED
   */
  async provide<K extends PluginKind>(kind: K, name: string): Promise<AnyPlugin<K>> {
    const found = this.#find(kind, name);
    if (found && 'import' in found) this.use(await found.import());
    return this.get(kind, name);
  }

  /** Imports all packages that only declared plugins of a kind. @throws as {@link provide} */
  async provideAll(kind: PluginKind): Promise<void> {
    for (const each of this.#waiting(kind)) this.use(await each.import());
  }

  /**
   * As {@link configure}; a package that only declared the plugin is imported for it.
   * @param method or a configured plugin, which is returned as it is and need not be registered
   * @throws as both, and as {@link configuredOf}
   */
  async load<K extends PluginKind>(
    kind: K,
    method: string | AnyConfigured<K>,
    options?: object,
  ): Promise<AnyConfigured<K>> {
    if (typeof method !== 'string') return configuredOf(kind, method);
    await this.provide(kind, parseMethod(method).name);
    return this.configure(kind, method, options);
  }

  /** What has that name, declared or joined. @throws PLUGIN_DUPLICATE */
  #find(kind: PluginKind, name: string): AnyPlugin | DeclaredPlugin | undefined {
    const found = this.#named(kind, name);
    if (found.length < 2) return found[0];
    throw new AdapterFusionError('PLUGIN_DUPLICATE', {
      at: name,
      expected: `one ${kind} of this name`,
      got: found.map(identityOf).join(' and '),
      fix: `Write the whole name, for example "${identityOf(found[0]!)}".`,
    });
  }

  /** All that have a name: as their identity, else as their id, else as an alias. */
  #named(kind: PluginKind, name: string): (AnyPlugin | DeclaredPlugin)[] {
    const all: (AnyPlugin | DeclaredPlugin)[] = [...this.list(kind), ...this.#waiting(kind)];
    const exact = all.filter((each) => identityOf(each) === name);
    const byId = all.filter((each) => each.id === name);
    const byAlias = this.list(kind).filter((plugin) => plugin.aliases?.includes(name));
    return [exact, byId, byAlias].find((each) => each.length > 0) ?? [];
  }

  /** Declared plugins that have not joined yet. */
  #waiting(kind: PluginKind): DeclaredPlugin[] {
    return [...this.#declared].flatMap(([key, each]) => (each.kind === kind && !this.#plugins.has(key) ? [each] : []));
  }
}

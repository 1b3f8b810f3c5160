import { configure, SPEC, type AnyConfigured, type AnyPlugin, type PluginKind } from '@adapterfusion/contracts';
import { ensure, ensureRefused } from './expect.js';
import type { Check } from './runner.js';

/** What holds for a plugin of any kind. */
export function checkPlugin<K extends PluginKind>(check: Check, configured: AnyConfigured<K>, kind: K): void {
  const plugin = configured.plugin as unknown as AnyPlugin;

  check('is a plugin of this contract', () => {
    ensure(plugin.spec === SPEC, `spec ${SPEC}; got ${String(plugin.spec)}`);
    ensure((plugin.kind as string) === kind, `a plugin of kind ${kind}; got ${plugin.kind}`);
    ensure(Object.isFrozen(plugin), 'a frozen plugin: make it with definePlugin');
    ensure(/^[a-z][a-z0-9]*([-_+][a-z0-9]+)*$/.test(plugin.id), `an id in kebab or snake case; got ${plugin.id}`);
    ensure(plugin.packageName.length > 0, 'the name of its package');
    ensure(/^\d+\.\d+\.\d+/.test(plugin.packageVersion), `a version; got ${plugin.packageVersion}`);
  });

  check('has options that survive JSON', () => {
    const identity: string = configured.toJSON().plugin;
    const options: unknown = configured.options;
    ensure(identity === `${plugin.packageName}#${plugin.id}`, `its identity in JSON; got ${identity}`);
    const text = JSON.stringify(options);
    ensure(text !== undefined, 'options that are data');
    const again: unknown = (plugin.options as (input: unknown) => unknown)(JSON.parse(text));
    ensure(JSON.stringify(again) === text, `the options ${text} again; got ${JSON.stringify(again)}`);
    ensure(isData(options), 'options of numbers, texts, lists and objects only');
  });

  check('refuses an option that it does not know', () =>
    ensureRefused(
      () => configure(configured.plugin, { ...(configured.options as object), 'no-such-option': 1 }),
      ['OPTIONS_INVALID'],
      'an unknown option',
    ),
  );
}

/** What the plugin makes of no options; undefined where it wants some. */
export function defaultsOf<K extends PluginKind>({ plugin }: AnyConfigured<K>): unknown {
  try {
    return configure(plugin, {}).options;
  } catch {
    return undefined;
  }
}

/** A plugin's id with the options that are not its defaults. */
export function nameOf<K extends PluginKind>(configured: AnyConfigured<K>): string {
  const defaults = (defaultsOf(configured) ?? {}) as Record<string, unknown>;
  const other = Object.entries(configured.options as object).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  const { id } = configured.plugin;
  return other.length === 0 ? id : `${id}[${other.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join()}]`;
}

const isData = (value: unknown): boolean =>
  value === null ||
  ['string', 'number', 'boolean', 'undefined'].includes(typeof value) ||
  (typeof value === 'object' && Object.values(value).every(isData));

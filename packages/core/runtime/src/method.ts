import {
  AdapterFusionError,
  SPEC,
  type AnyConfigured,
  type AnyPlugin,
  type JsonValue,
  type PluginKind,
} from '@adapterfusion/contracts';

/**
 * Splits `name[key=value,key=value]`. A value is JSON where it parses as such (`16`, `true`, `null`, `{"0":4}`), otherwise
 * the text as it is.
 * @throws OPTIONS_INVALID for brackets that do not match or a part without `=`
 */
export function parseMethod(method: string): { name: string; options: { [key: string]: JsonValue } } {
  const match = /^([^[\]]+)(?:\[(.*)\])?$/s.exec(method.trim());
  if (!match) throw malformed(method, method);
  const options: { [key: string]: JsonValue } = {};
  for (const part of splitOutside(match[2] ?? '')) {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.+?)\s*$/s.exec(part) ?? [];
    if (key === undefined || value === undefined) throw malformed(method, part);
    options[key] = parseValue(value);
  }
  return { name: match[1]!.trim(), options };
}

function parseValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

/** Splits at commas that are not inside braces or brackets. */
function splitOutside(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index <= text.length; index++) {
    const character = text[index];
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') depth--;
    if (index === text.length || (character === ',' && depth === 0)) {
      if (text.slice(from, index).trim() !== '') parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  return parts;
}

const malformed = (method: string, part: string): AdapterFusionError =>
  new AdapterFusionError('OPTIONS_INVALID', {
    at: method,
    expected: 'name or name[option=value,…]',
    got: JSON.stringify(part),
    fix: 'For example "seq_bn[reduction_factor=16]".',
  });

/** Whether a choice is a configured plugin, and not a name or an object of options. */
export const isConfigured = (choice: unknown): choice is AnyConfigured =>
  typeof choice === 'object' && choice !== null && 'plugin' in choice && 'create' in choice;

/** The options of train and fuse that are not called after the kind of their plugin. */
const OPTION: Partial<Record<PluginKind, string>> = { trainer: 'strategy', dataset: 'data' };

/**
 * A configured plugin of a kind.
 * @throws OPTIONS_INVALID for anything else; SPEC_UNSUPPORTED for one of another contract version
 */
export function configuredOf<K extends PluginKind>(kind: K, choice: unknown): AnyConfigured<K> {
  const plugin = (choice as { readonly plugin?: AnyPlugin } | null | undefined)?.plugin;
  const fits = plugin?.kind === kind;
  if (fits && isConfigured(choice) && (plugin.spec as number) === SPEC) return choice as unknown as AnyConfigured<K>;
  throw new AdapterFusionError(fits && plugin.spec !== SPEC ? 'SPEC_UNSUPPORTED' : 'OPTIONS_INVALID', {
    at: OPTION[kind] ?? kind,
    expected: `the name of a plugin of the kind "${kind}", or one with its options, of contract version ${SPEC}`,
    got: plugin
      ? `"${plugin.id}" of the kind "${plugin.kind}", contract version ${String(plugin.spec)}`
      : (JSON.stringify(choice) ?? typeof choice),
    fix: 'Give a name, or call what its package exports: seqBn({ reduction_factor: 4 }).',
  });
}

/** The options of a configured plugin that differ from its defaults. */
export function changedOptions({ plugin, options }: AnyConfigured): { [key: string]: JsonValue } {
  let defaults: Record<string, unknown> = {};
  try {
    defaults = plugin.options({}) as typeof defaults;
  } catch {
    // Some options have no default: all are written.
  }
  const changed = Object.entries(options as Record<string, JsonValue>).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  return Object.fromEntries(changed);
}

/** The string that {@link parseMethod} reads: as it was given, or `name[options that differ from the defaults]`. */
export function formatMethod(choice: string | AnyConfigured): string {
  if (typeof choice === 'string') return choice;
  const options = Object.entries(changedOptions(choice)).map(([key, value]) => {
    const plain = typeof value === 'string' && /^[^\s,[\]{}]+$/.test(value) && parseValue(value) === value;
    return `${key}=${plain ? value : JSON.stringify(value)}`;
  });
  return choice.plugin.id + (options.length > 0 ? `[${options.join(',')}]` : '');
}

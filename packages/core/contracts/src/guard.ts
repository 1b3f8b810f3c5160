import { AdapterFusionError } from './errors.js';

/** Does a plugin's work. @throws PLUGIN_FAILED naming the plugin for anything but an AdapterFusionError, which passes */
export function named<T>(identity: string, what: string, work: () => T): T {
  try {
    const result = work();
    return result instanceof Promise ? (result.catch((error: unknown) => refuse(identity, what, error)) as T) : result;
  } catch (error) {
    return refuse(identity, what, error);
  }
}

/**
 * What a plugin made, with methods that name the plugin when they fail. Everything else is the instance's own. Async
 * generators, trainers' and data sets', pass as they are: what ends them may be their reader's.
 */
export function guarded<T extends object>(instance: T, identity: string): T {
  const guard = Object.create(instance) as T;
  for (const key of keysOf(instance)) {
    const value = instance[key as keyof T];
    if (typeof value !== 'function')
      Object.defineProperty(guard, key, { enumerable: true, get: () => instance[key as keyof T] });
    else
      Object.defineProperty(guard, key, {
        enumerable: true,
        value: (...args: unknown[]) =>
          named(identity, key, () => Reflect.apply(value as (...args: unknown[]) => unknown, instance, args)),
      });
  }
  return guard;
}

/** Names of the properties of an object and of its class. */
function keysOf(instance: object): Set<string> {
  const keys = new Set<string>();
  for (let at: object | null = instance; at && at !== Object.prototype; at = Object.getPrototypeOf(at) as object | null)
    for (const key of Object.getOwnPropertyNames(at)) if (key !== 'constructor') keys.add(key);
  return keys;
}

function refuse(identity: string, what: string, error: unknown): never {
  if (AdapterFusionError.is(error)) throw error;
  throw new AdapterFusionError('PLUGIN_FAILED', {
    at: identity,
    expected: `"${what}" of this plugin to work`,
    got: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    fix: 'Report it to the author of the package, with the cause of this error.',
    cause: error,
  });
}

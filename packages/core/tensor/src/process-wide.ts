import { AdapterFusionError } from '@adapterfusion/contracts';

/** One loaded copy of this package. */
interface Copy {
  readonly packageVersion: string;
  /** The place of this module. */
  readonly url: string;
}

/** The copy that was loaded first, with the state that all copies of its version share. */
interface FirstCopy extends Copy {
  readonly state: Map<string, object>;
}

const key = Symbol.for('adapterfusion.tensor');
const loaded = globalThis as { [key]?: FirstCopy };

const own: Copy = { packageVersion: '0.1.0', url: import.meta.url };

/**
 * Finds the copy of this package that was loaded first. TensorFlow.js has one table of kernels and one open backend for the
 * whole process: a second copy would overwrite the kernels and would not know the backend.
 * @throws PACKAGE_DUPLICATE where the first copy has another version
 */
function firstCopy(): FirstCopy {
  const first = (loaded[key] ??= { ...own, state: new Map() });
  if (first.packageVersion === own.packageVersion) return first;
  throw new AdapterFusionError('PACKAGE_DUPLICATE', {
    at: '@adapterfusion/tensor',
    expected: 'one version in this process',
    got: `${first.packageVersion} (${first.url}) and ${own.packageVersion} (${own.url})`,
    fix: 'Run "npm ls @adapterfusion/tensor" and install packages that agree on a version; a plugin declares it as a peer dependency.',
  });
}

const shared = firstCopy();
const withoutQuery = (url: string): string => url.split('?')[0]!;

/**
 * Whether a copy from another place was loaded before, whose kernels are used. Test runners and development servers load a
 * module again from the same place after it was edited: its kernels are then registered again. @internal
 */
export const isSecondCopy = withoutQuery(shared.url) !== withoutQuery(own.url);

/** State of a module that all copies of this package in the process share. @internal */
export function processWide<T extends object>(name: string, make: () => T): T {
  if (!shared.state.has(name)) shared.state.set(name, make());
  return shared.state.get(name) as T;
}

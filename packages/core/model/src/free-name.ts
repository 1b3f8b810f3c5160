import { AdapterFusionError, checkName } from '@adapterfusion/contracts';

/** @throws NAME_INVALID for a name that is none, or is taken */
export function checkFree(name: string, kind: string, taken: ReadonlyMap<string, unknown>): void {
  checkName(name, kind === 'adapter' ? 'an adapter' : `a ${kind}`);
  if (taken.has(name))
    throw new AdapterFusionError('NAME_INVALID', {
      expected: `a new name for the ${kind}`,
      got: `"${name}", which is taken`,
      fix: 'Give another with name=path, for example mine=./bundle.',
    });
}

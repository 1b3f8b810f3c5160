import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nativeProvider } from '@adapterfusion/tensor-node';
import { openBackend, provideBackend, type BackendName } from '@adapterfusion/tensor';

export { farthest, flat } from './numbers.js';

const root = fileURLToPath(new URL('../../../../../shared/', import.meta.url));

/** Path of something in the shared folder beside the repository. */
export const shared = (path: string): string => `${root}${path}`;

const sharedIsAbsent = !existsSync(root);
const nativeIsMissing = (await nativeProvider.missing()) !== undefined;

/** Why tests on a backend are skipped, if they are. */
export function lacks(backend: BackendName, what: { shared: boolean }): string | undefined {
  if (what.shared && sharedIsAbsent) return '../shared is absent';
  if (backend === 'native' && nativeIsMissing)
    return 'native backend not installed: run `npx adapterfusion native install`';
  return undefined;
}

/** Opens a backend; one a process, so one a test file. */
export async function open(backend: BackendName): Promise<void> {
  provideBackend(nativeProvider);
  await openBackend(backend);
}

/** JSON of the shared folder. */
export function json<T>(path: string): T {
  return JSON.parse(readFileSync(shared(path), 'utf8')) as T;
}

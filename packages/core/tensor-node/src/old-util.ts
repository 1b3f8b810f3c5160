import util from 'node:util';

/** tfjs-node 4.22.0 calls two functions that Node 23 removed; puts them back where they are missing. */
export function restoreUtil(): void {
  const old = util as unknown as Record<string, unknown>;
  old['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  old['isArray'] ??= Array.isArray;
}

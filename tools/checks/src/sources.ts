import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspaces.mjs';

/** Paths of the files under a folder, both relative to the repository, sorted. Empty when there is no such folder. */
export function filesUnder(dir: string): string[] {
  if (!existsSync(join(root, dir))) return [];
  return readdirSync(join(root, dir), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** A file's text. @param path relative to the repository */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** @throws Error when the built packages are older than their sources */
export function requireBuild(): void {
  const plan = execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '--build', '--dry'], {
    cwd: root,
    encoding: 'utf8',
  });
  const stale = [...plan.matchAll(/would build project '(.*)'/g)].map(([, project]) => project);
  if (stale.length > 0)
    throw new Error(`This test reads the built packages, and ${stale.length} are not: run "npm run build" first.`);
}

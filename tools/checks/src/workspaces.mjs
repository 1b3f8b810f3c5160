import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository, without a slash at its end. */
export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');

/** @param {string} path relative to the repository */
export const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/**
 * Every workspace package: its folder relative to the repository, its package.json, and its nx tags by dimension.
 * @returns {{ dir: string, manifest: any, layer: string | undefined, platform: string | undefined }[]}
 */
export function workspaces() {
  /** @type {string[]} */
  const patterns = readJson('package.json').workspaces;
  const dirs = patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [];
  });
  return dirs
    .filter((dir) => existsSync(join(root, dir, 'package.json')))
    .map((dir) => {
      const manifest = readJson(`${dir}/package.json`);
      const tags = manifest.nx?.tags ?? [];
      const tag = (dimension) => tags.find((name) => name.startsWith(`${dimension}:`))?.slice(dimension.length + 1);
      return { dir, manifest, layer: tag('layer'), platform: tag('platform') };
    });
}

/** The packages that are published: everything under packages/ that is not private. */
export const publicPackages = () =>
  workspaces().filter(({ dir, manifest }) => dir.startsWith('packages/') && !manifest.private);

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository, without a slash at its end. */
export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[\\/]$/, '');

/**
 * What the checks read of a package.json.
 * @typedef {{
 *   name: string, version: string, description?: string, license?: string, private?: boolean, type?: string,
 *   sideEffects?: boolean | string[], bin?: Record<string, string>, files?: string[],
 *   exports?: Record<string, string | Record<string, string>>,
 *   engines?: Record<string, string>, publishConfig?: { access?: string, provenance?: boolean },
 *   dependencies?: Record<string, string>, peerDependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, peerDependenciesMeta?: Record<string, { optional?: boolean }>,
 *   adapterfusion?: { spec: number, plugins?: { kind: string, id: string, export: string }[] },
 *   nx?: { tags?: string[] }, workspaces?: string[],
 * }} Manifest
 */

/**
 * A workspace package: its folder relative to the repository, its package.json, its nx tags by dimension.
 * @typedef {{ dir: string, manifest: Manifest, layer: string | undefined, platform: string | undefined }} Workspace
 */

/**
 * @param {string} path of a package.json, relative to the repository
 * @returns {Manifest}
 */
const readManifest = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/**
 * Every workspace package, in the order of the root package.json.
 * @returns {Workspace[]}
 */
export function workspaces() {
  const dirs = (readManifest('package.json').workspaces ?? []).flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [];
  });
  return dirs
    .filter((dir) => existsSync(join(root, dir, 'package.json')))
    .map((dir) => {
      const manifest = readManifest(`${dir}/package.json`);
      /** @param {string} dimension */
      const tag = (dimension) =>
        manifest.nx?.tags?.find((name) => name.startsWith(`${dimension}:`))?.slice(dimension.length + 1);
      return { dir, manifest, layer: tag('layer'), platform: tag('platform') };
    });
}

/** @param {Workspace} one */
const holdsWeights = ({ layer }) => layer === 'model-weights';
const underPackages = () => workspaces().filter(({ dir }) => dir.startsWith('packages/'));

/** The packages under packages/ that have code, private ones included. */
export const packages = () => underPackages().filter((one) => !holdsWeights(one));

/** Those of them that are published. */
export const publicPackages = () => packages().filter(({ manifest }) => !manifest.private);

/** The packages that hold a model's weights and no code, all published. */
export const weightPackages = () => underPackages().filter(holdsWeights);

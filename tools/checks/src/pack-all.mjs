import { execFileSync } from 'node:child_process';
import { publicPackages, root, weightPackages } from './workspaces.mjs';

/**
 * Packs every public package as npm would publish it, in one run of npm.
 * @param {string} folder where the tarballs go
 * @returns {{ name: string, version: string, filename: string, integrity: string, shasum: string, files: { path: string }[] }[]}
 */
export function packAll(folder) {
  const selection = [...publicPackages(), ...weightPackages()].map(({ dir }) => `--workspace=${dir}`);
  const printed = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', `--pack-destination=${folder}`, ...selection],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 2 ** 28,
    },
  );
  return JSON.parse(printed);
}

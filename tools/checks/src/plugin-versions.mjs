/**
 * After `changeset version`: writes each package's new version into its plugins, which carry it as `packageVersion`.
 * The structure test compares the two.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packages, root } from './workspaces.mjs';

for (const { dir, manifest } of packages()) {
  const folder = join(root, dir, 'src');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))) {
    const path = join(folder, name);
    const before = readFileSync(path, 'utf8');
    const after = before.replace(/(packageVersion: ')[^']*(')/, `$1${manifest.version}$2`);
    if (after !== before) writeFileSync(path, after);
  }
}

/**
 * Prints everything beside the repository's files that the result of a cached test depends on, as an input of its hash:
 * the platform, the version of Node, and the files of `../shared`, without which some tests skip.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const shared = fileURLToPath(new URL('../../../../shared', import.meta.url));
const files = existsSync(shared)
  ? readdirSync(shared, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  : [];
console.log(process.version, process.platform, process.arch);
for (const line of files
  .map(({ parentPath, name }) => {
    const { size, mtimeMs } = statSync(join(parentPath, name));
    return `${join(parentPath, name).slice(shared.length)} ${size} ${mtimeMs}`;
  })
  .sort())
  console.log(line);

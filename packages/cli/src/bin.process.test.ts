import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { scratch } from './process.spec.js';

it('before it is built the command says so', () => {
  const folder = scratch();
  copyFileSync(fileURLToPath(new URL('../bin.js', import.meta.url)), join(folder, 'bin.js'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin.js'), '--help'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^error: .*npm run build\n$/) as string,
  });
});

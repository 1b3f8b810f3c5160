import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addonFile } from './layout.js';
import { projectAddon } from './project-addon.js';
import { tfjsFile } from './verify.js';

const home = process.cwd();
let project: string;
let addon: string;
beforeEach(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'adapterfusion-project-')));
  addon = join(project, 'node_modules', '@tensorflow', 'tfjs-node');
  process.chdir(project);
});
afterEach(async () => {
  process.chdir(home);
  await rm(project, { recursive: true, force: true });
});

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** A project with the package, and the TensorFlow.js that it would get. */
async function lay(version: string, built: boolean, tfjs: 'none' | 'other' | 'same'): Promise<void> {
  await put(join(addon, 'package.json'), JSON.stringify({ name: '@tensorflow/tfjs-node', version }));
  if (built) await put(addonFile(addon), '');
  const folder = join(project, 'node_modules', '@tensorflow', 'tfjs');
  if (tfjs === 'other') await put(join(folder, 'index.js'), '');
  if (tfjs === 'same') await symlink(join(dirname(tfjsFile()), '..'), folder);
}

describe('projectAddon', () => {
  it('says that there is none', async () => {
    expect(await projectAddon('@tensorflow/tfjs-node')).toEqual({ reason: 'no @tensorflow/tfjs-node in this project' });
  });

  it.each([
    ['4.21.0', true, 'same', /is 4\.21\.0, not 4\.22\.0/],
    ['4.22.0', false, 'same', /is not built/],
    ['4.22.0', true, 'other', /uses another copy/],
    ['4.22.0', true, 'none', /has no @tensorflow\/tfjs beside it/],
  ] as const)('refuses version %s, built: %s, with %s TensorFlow.js', async (version, built, tfjs, reason) => {
    await lay(version, built, tfjs);
    const found = await projectAddon('@tensorflow/tfjs-node');
    expect(found.folder).toBeUndefined();
    expect(found.reason).toMatch(reason);
  });

  it('finds one that is built and shares the TensorFlow.js of this process', async () => {
    await lay('4.22.0', true, 'same');
    expect(await projectAddon('@tensorflow/tfjs-node')).toEqual({ folder: addon, reason: 'found' });
  });
});

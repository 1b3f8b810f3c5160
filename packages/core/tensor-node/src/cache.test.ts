import { mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderName, installations, MARK, nativeCache } from './cache.js';
import { layInstallation } from './installation.spec.js';
import { addonFile, libraryFolder, packageFolder } from './layout.js';

describe('nativeCache', () => {
  it('takes ADAPTERFUSION_CACHE, then XDG_CACHE_HOME, then the home folder', () => {
    expect(nativeCache({ ADAPTERFUSION_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a/adapterfusion/native');
    expect(nativeCache({ ADAPTERFUSION_CACHE: '', XDG_CACHE_HOME: '/b' })).toBe('/b/adapterfusion/native');
    expect(nativeCache({})).toMatch(/\.cache\/adapterfusion\/native$/);
  });
});

describe('installations', () => {
  let cache: string;
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'adapterfusion-cache-'));
  });
  afterEach(() => rm(cache, { recursive: true, force: true }));

  it('lists finished ones of a kind, newest TensorFlow first by number', async () => {
    for (const version of ['2.9.3', '2.21.0', '2.10.1']) await layInstallation(cache, version, 'cpu');
    await layInstallation(cache, '2.20.0', 'cuda');
    const versions = async (kind: 'cpu' | 'cuda') => (await installations(kind, cache)).map((each) => each.tensorflow);
    expect(await versions('cpu')).toEqual(['2.21.0', '2.10.1', '2.9.3']);
    expect(await versions('cuda')).toEqual(['2.20.0']);
  });

  it('leaves out unfinished and damaged ones, and those for another machine or addon', async () => {
    const laid = (version: string) => layInstallation(cache, version, 'cpu');
    await rm(join(await laid('2.20.0'), MARK));
    await writeFile(join(await laid('2.19.0'), MARK), '{"tensorflow":');
    await rename(await laid('2.21.0'), join(cache, '4.22.0-tf2.21.0-plan9-mips'));
    await rename(await laid('2.18.0'), join(cache, folderName('2.18.0', 'cpu').replace('4.22.0', '4.21.0')));
    await rm(addonFile(packageFolder(await laid('2.17.0'))));
    await truncate(join(libraryFolder(packageFolder(await laid('2.16.0'))), 'libtensorflow_cc.so.2'));
    expect(await installations('cpu', cache)).toEqual([]);
    await laid('2.17.0');
    expect(await installations('cpu', cache)).toHaveLength(1);
  });

  it('finds nothing where there is no cache', async () => {
    expect(await installations('cpu', join(cache, 'absent'))).toEqual([]);
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderName, installations, MARK, nativeCache } from './cache.js';

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

  async function add(name: string, mark?: string): Promise<void> {
    await mkdir(join(cache, name));
    if (mark !== undefined) await writeFile(join(cache, name, MARK), mark);
  }

  it('lists finished ones, newest TensorFlow first by number', async () => {
    for (const version of ['2.9.3', '2.21.0', '2.10.1'])
      await add(folderName(version), JSON.stringify({ tensorflow: version }));
    expect((await installations(cache)).map(({ tensorflow }) => tensorflow)).toEqual(['2.21.0', '2.10.1', '2.9.3']);
  });

  it('leaves out unfinished and damaged ones, and those for another machine or addon', async () => {
    await add(folderName('2.20.0'));
    await add(folderName('2.19.0'), '{"tensorflow":');
    await add('4.22.0-tf2.21.0-plan9-mips', JSON.stringify({ tensorflow: '2.21.0' }));
    await add(folderName('2.18.0').replace('4.22.0', '4.21.0'), JSON.stringify({ tensorflow: '2.18.0' }));
    expect(await installations(cache)).toEqual([]);
  });

  it('finds nothing where there is no cache', async () => {
    expect(await installations(join(cache, 'absent'))).toEqual([]);
  });
});

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterfusion, scratch, type Ended } from './process.spec.js';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

const folder = scratch();
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TRAIN = [
  'train',
  '--no-compare',
  '--model',
  'encoder',
  '--data',
  'rows.tsv',
  '--epochs',
  '1',
  '--backend',
  'cpu',
  '--out',
  'out',
];
const train = (method: string): Promise<Ended> => adapterfusion([...TRAIN, '--adapter', method, '--overwrite'], folder);

/** Installs a copy of the stranger's package under another name, with changes. */
function install(name: string, change: (text: string) => string = (text) => text): void {
  const place = join(folder, 'node_modules', name);
  cpSync(here('../fixtures/method'), place, { recursive: true });
  for (const file of ['package.json', 'index.js']) {
    const text = readFileSync(join(place, file), 'utf8').replaceAll('@b/method', name);
    writeFileSync(join(place, file), change(text));
  }
}

beforeAll(() => {
  writeEncoder(join(folder, 'encoder'), 1);
  writeFileSync(join(folder, 'rows.tsv'), rows(20, 3));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(here('../../../node_modules/@adapterfusion'), join(folder, 'node_modules/@adapterfusion'));
});

describe('a package of a stranger that is only installed', () => {
  it('is found, imported when it is used, and written to the bundle', async () => {
    install('@b/method');
    install('@z/broken', (text) => text.replaceAll('scale_shift', 'broken').replace(/^import/, 'throw "run";\nimport'));
    expect((await train('seq_bn')).stderr).not.toMatch(/^error/m);
    expect((await train('scale_shift[factor=2]')).stderr).not.toMatch(/^error/m);
    const manifest = JSON.parse(readFileSync(join(folder, 'out/adapterfusion.json'), 'utf8')) as object;
    const record = { plugin: '@b/method#scale_shift', version: '^1.0.0', options: { factor: 2 } };
    expect(manifest).toMatchObject({ adapters: { rows: record } });
    const args = ['evaluate', 'out', '--model', 'encoder', '--data', 'rows.tsv', '--backend', 'cpu'];
    expect((await adapterfusion(args, folder)).stdout).toContain('rows.tsv');
  });

  it('whose code fails is named, with what it threw', async () => {
    const { code, stderr } = await train('broken');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error PLUGIN_FAILED: @z\/broken#broken: .*got run\./m)]);
    install('@z/tired', (text) =>
      text.replaceAll('scale_shift', 'tired').replace(/delta: .*/, 'delta: () => tired(),'),
    );
    expect((await train('tired')).stderr).toMatch(
      /^error PLUGIN_FAILED: @z\/tired#tired: expected "delta" .*ReferenceError: tired is not defined\./m,
    );
  });

  it('that has not what it declares is refused', async () => {
    install('@z/empty', (text) => text.replaceAll('scale_shift', 'empty').replaceAll('export const', 'const'));
    expect((await train('empty')).stderr).toMatch(/^error PLUGIN_INVALID: @z\/empty#empty: .*no such export/m);
  });

  it('whose name another one claims is refused, until the whole name is written', async () => {
    install('@c/method');
    expect((await train('scale_shift')).stderr).toMatch(
      /^error PLUGIN_DUPLICATE: .*got @b\/method#scale_shift and @c\/method#scale_shift\. Write the whole name/m,
    );
    expect((await train('@c/method#scale_shift')).stderr).not.toMatch(/^error/m);
  });
});

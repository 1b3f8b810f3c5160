import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterfusionShared, eventsOf, scratch, treeOf, type Ended } from './process.spec.js';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

const folder = scratch();
const at = (...path: string[]): string => join(folder, ...path);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const json = (path: string): Record<string, never> => JSON.parse(readFileSync(at(path), 'utf8')) as never;
const run = (...args: string[]): Promise<Ended> => adapterfusionShared(args, folder);
const ON = ['--model', '@a/tiny', '--data', 'rows.tsv', '--backend', 'cpu', '--epochs', '1', '--overwrite'];

async function ok(...args: string[]): Promise<Ended> {
  const ended = await run(...args);
  expect(ended.stderr).not.toMatch(/^error/m);
  expect(ended.code).toBe(0);
  return ended;
}

/** Trains, packs, and puts the package where npm would. */
async function publish(name: string, version: string, ...train: string[]): Promise<Ended> {
  await ok('train', ...ON, '--name', 'task', '--no-compare', '--out', 'trained', ...train);
  return install('trained', name, version);
}

async function install(bundle: string, name: string, version: string, ...more: string[]): Promise<Ended> {
  const packed = await ok('pack', bundle, '--name', name, '--version', version, '--out', 'packed', ...more);
  rmSync(at('node_modules', name), { recursive: true, force: true });
  renameSync(at('packed'), at('node_modules', name));
  return packed;
}

const predict = (setup: string): Promise<Ended> =>
  run('predict', '--setup', setup, '--input', 'inputs.jsonl', '--backend', 'cpu');

beforeAll(async () => {
  mkdirSync(at('node_modules/@a'), { recursive: true });
  for (const scope of ['@b', '@c']) mkdirSync(at('node_modules', scope));
  symlinkSync(here('../../../node_modules/@adapterfusion'), at('node_modules/@adapterfusion'));
  cpSync(here('../fixtures/method'), at('node_modules/@b/method'), { recursive: true });
  writeEncoder(at('node_modules/@a/tiny'), 1);
  writeFileSync(at('node_modules/@a/tiny/package.json'), '{ "name": "@a/tiny", "version": "2.1.0" }');
  writeFileSync(at('rows.tsv'), rows(20, 3));
  writeFileSync(at('inputs.jsonl'), '{"text":"apple pear"}\n{"text":"a saw","pair":"we see"}\n');
  await publish('@a/one', '1.0.0');
  await publish('@b/two', '1.0.0', '--adapter', 'scale_shift');
  const adapters = ['--adapters', 'one=@a/one', 'two=@b/two'];
  await ok('fuse', ...ON, ...adapters, '--fusion', 'attention', '--no-compare', '--name', 'both', '--out', 'fused');
});

describe('packages of two authors, fused by a third', () => {
  it('pack writes what npm publishes: every file, ranges of what it needs, a card', async () => {
    const named = ['--description', 'Fruit or tool.', '--license', 'MIT', '--json'];
    const packed = await ok('pack', 'fused', '--name', '@c/both', '--version', '1.0.0', '--out', 'both', ...named);
    expect(json('both/package.json')).toEqual({
      name: '@c/both',
      version: '1.0.0',
      description: 'Fruit or tool.',
      keywords: ['adapterfusion', 'adapterfusion-fusion'],
      license: 'MIT',
      exports: Object.fromEntries(
        ['adapterfusion.json', 'weights.safetensors', 'README.md', 'package.json'].map((name) => [
          `./${name}`,
          `./${name}`,
        ]),
      ),
      files: ['adapterfusion.json', 'weights.safetensors', 'README.md'],
      dependencies: { '@a/one': '1.0.0', '@b/two': '1.0.0' },
      peerDependencies: {
        '@a/tiny': '^2.1.0',
        '@adapterfusion/adapter-bottleneck': '^0.1.0',
        '@adapterfusion/fusion-attention': '^0.1.0',
        '@adapterfusion/head-classification': '^0.1.0',
        '@b/method': '^1.0.0',
      },
      adapterfusion: { spec: 1, bundle: './adapterfusion.json' },
    });
    expect(eventsOf(packed).at(-1)).toMatchObject({ type: 'packed', dependencies: { '@a/one': '1.0.0' } });
    expect(readFileSync(at('both/README.md'), 'utf8')).toMatch(
      /^# @c\/both\n[^]*npm install adapterfusion .* @c\/both/,
    );
    const source = { package: '@b/two', version: '1.0.0', adapter: 'task', carried: false };
    expect(json('both/adapterfusion.json')).toMatchObject({ adapters: { two: { source } } });
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', './both'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ files }] = JSON.parse(listed) as [{ files: { path: string }[] }];
    expect(files.map(({ path }) => path).sort()).toEqual(
      ['README.md', 'adapterfusion.json', 'package.json', 'weights.safetensors'].sort(),
    );
  });

  it('the fusion predicts the same from its folder, as a package that takes its adapters from theirs, and self-contained', async () => {
    const { stdout } = await predict('fused');
    expect(stdout.split('\n')).toHaveLength(3);
    await install('fused', '@c/both', '1.0.0');
    expect((await predict('@c/both')).stdout).toBe(stdout);
    const own = await install('fused', '@c/own', '1.0.0', '--self-contained');
    expect(own.stdout).not.toContain('depends on');
    expect((await predict('@c/own')).stdout).toBe(stdout);
    await install('@c/both', '@c/again', '1.0.0', '--self-contained');
    expect((await predict('@c/again')).stdout).toBe(stdout);
    execFileSync('npm', ['pack', './node_modules/@c/own'], { cwd: folder, stdio: 'ignore' });
    expect((await predict('./c-own-1.0.0.tgz')).stdout).toBe(stdout);
    expect((await predict('c-own-1.0.0.tgz')).stdout).toBe(stdout);
  });

  it('list says what is there, what goes together, and that it is whole', async () => {
    const { stdout } = await ok('list');
    expect(stdout).toContain(
      '@a/one@1.0.0: adapter of task (@adapterfusion/adapter-bottleneck#seq_bn)\n  encoder @a/tiny (bert, 2 × 32)\n',
    );
    expect(stdout).toContain(
      '@c/both@1.0.0: fusion of one (@adapterfusion/adapter-bottleneck#seq_bn, from @a/one@1.0.0)',
    );
    expect(stdout).toContain('can be fused on @a/tiny: --adapters one=@a/one two=@b/two\n');
    expect(stdout).toContain('@b/method@1.0.0: adapter scale_shift\n');
    expect(stdout.match(/^ {2}verified$/gm)).toHaveLength(5);
    const events = eventsOf(await ok('list', '--json'));
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['bundle', 'fusable', 'plugins']));
  });

  it('list does not offer to fuse what acts at no common site', async () => {
    await publish('@c/apart', '1.0.0', '--adapter', 'lora');
    const { stdout } = await ok('list');
    expect(stdout).toContain('@c/apart@1.0.0: adapter of task');
    expect(stdout.match(/^can be fused .*$/gm)).toEqual(['can be fused on @a/tiny: --adapters one=@a/one two=@b/two']);
    const wrong = ['--adapters', 'one=@a/one', 'apart=@c/apart', '--out', 'wrong'];
    expect((await run('fuse', ...ON, ...wrong)).stderr).toMatch(
      /^error COMPOSITION_INVALID: .*share at least one site/m,
    );
    rmSync(at('node_modules/@c/apart'), { recursive: true });
  });

  it('list offers names apart for adapters that two authors called the same, and fuse takes them', async () => {
    await publish('@c/one', '1.0.0', '--seed', '3');
    const { stdout } = await ok('list');
    const [line] = stdout.match(/^can be fused .*$/m)!;
    expect(line).toBe('can be fused on @a/tiny: --adapters a-one=@a/one two=@b/two c-one=@c/one');
    const offered = line.split(' ').slice(line.split(' ').indexOf('--adapters'));
    await ok('fuse', ...ON, ...offered, '--no-compare', '--out', 'offered');
    rmSync(at('node_modules/@c/one'), { recursive: true });
  });

  it('an adapter that was exchanged under the same name is seen, with both hashes and the remedy', async () => {
    const wanted = (
      json('node_modules/@c/both/adapterfusion.json') as never as { adapters: { one: { source: { sha256: string } } } }
    ).adapters.one.source.sha256;
    renameSync(at('node_modules/@a/one'), at('node_modules/@a/kept'));
    await publish('@a/one', '1.0.1', '--seed', '7');
    const { code, stderr } = await predict('@c/both');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(
        `^error ADAPTER_CHANGED: .* "one" of @a/one@1\\.0\\.0 with SHA-256 ${wanted}; got [0-9a-f]{64} in @a/one@1\\.0\\.1\\. ` +
          'Install the version that this fusion was trained with \\(npm install @a/one@1\\.0\\.0\\)',
        'm',
      ),
    );
    const listed = await run('list');
    expect([listed.code, listed.stdout]).toEqual([1, expect.stringMatching(/@c\/both@1[^]*?error ADAPTER_CHANGED:/)]);
    rmSync(at('node_modules/@a/one'), { recursive: true });
    expect((await predict('@c/both')).stderr).toMatch(
      /^error FILE_NOT_FOUND: .*the package @a\/one@1\.0\.0, which holds the adapter "one"; got none installed\. .*npm install @a\/one@1\.0\.0/m,
    );
    renameSync(at('node_modules/@a/kept'), at('node_modules/@a/one'));
    expect((await predict('@c/both')).code).toBe(0);
  });
});

describe('what a package may not say', () => {
  it('two versions of one package that it takes adapters from: they are carried along, or it is not packed', async () => {
    await ok('train', ...ON, '--name', 'task', '--out', 'trained', '--seed', '5');
    await ok('pack', 'trained', '--name', '@a/one', '--version', '1.0.2', '--out', 'newer');
    execFileSync('npm', ['pack', './newer'], { cwd: folder, stdio: 'ignore' });
    const adapters = ['--adapters', 'first=@a/one', 'second=a-one-1.0.2.tgz', '--no-compare', '--out', 'mixed'];
    await ok('fuse', ...ON, ...adapters);
    const ended = await run('pack', 'mixed', '--name', '@c/mixed', '--version', '1.0.0', '--out', 'refused');
    expect(ended.stderr).toMatch(
      /^error UNSUPPORTED: @a\/one: .*one version .*got 1\.0\.0 and 1\.0\.2\. .*--self-contained/m,
    );
    expect(readdirSync(folder).filter((name) => name.includes('refused'))).toEqual([]);
    const { stdout } = await predict('mixed');
    await install('mixed', '@c/mixed', '1.0.0', '--self-contained');
    expect((await predict('@c/mixed')).stdout).toBe(stdout);
    rmSync(at('node_modules/@c/mixed'), { recursive: true });
  });

  it.each(['./node_modules/@a/tiny', 'models/tiny'])(
    '%s, a path, and data by one from the root: both are named by the last part',
    async (path) => {
      cpSync(at('node_modules/@a/tiny'), at('models/tiny'), { recursive: true });
      rmSync(at('placed here'), { recursive: true, force: true });
      const there = ON.map((word) => (word === 'rows.tsv' ? at(word) : word));
      await ok('train', ...there, '--model', path, '--name', 'my task', '--out', 'beside');
      const named = ['--name', '@c/beside', '--version', '1.0.0', '--out', 'placed here'];
      expect((await ok('pack', 'beside', ...named)).stdout).toContain("npm publish './placed here' --access public");
      const manifest = json('placed here/adapterfusion.json');
      expect(manifest).toMatchObject({ backbone: { id: 'tiny' }, training: { data: 'rows.tsv' } });
      const card = readFileSync(at('placed here/README.md'), 'utf8');
      expect(card).toContain('--model tiny');
      expect(card).toContain("--adapters 'my task=@c/beside' …");
      expect(card + JSON.stringify(manifest)).not.toContain(folder);
    },
  );
});

describe('bad packages', () => {
  it.each([
    [
      'a name that npm refuses',
      ['--name', 'My Adapter', '--version', '1.0.0'],
      'NAME_INVALID',
      'a name that npm takes',
    ],
    ['a name with wrong case', ['--name', '@Me/X', '--version', '1.0.0'], 'NAME_INVALID', 'Write "@me/x".'],
    ['a path as a name', ['--name', '../x', '--version', '1.0.0'], 'NAME_INVALID', 'a name that npm takes'],
    ['no version', ['--name', 'x', '--version', 'latest'], 'OPTIONS_INVALID', 'a version of three numbers'],
  ])('pack refuses %s and writes nothing', async (_, args, code, says) => {
    const before = treeOf(at('fused'));
    const ended = await run('pack', 'fused', ...args, '--out', 'refused');
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(new RegExp(`^error ${code}: .*${says}`, 'm'));
    expect(treeOf(at('fused'))).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.includes('refused'))).toEqual([]);
  });

  it('one byte changed, no bundle, no such package: each with its code', async () => {
    cpSync(at('node_modules/@a/one'), at('node_modules/@a/bad'), { recursive: true });
    const weights = readFileSync(at('node_modules/@a/bad/weights.safetensors'));
    weights[weights.length - 1]! ^= 1;
    writeFileSync(at('node_modules/@a/bad/weights.safetensors'), weights);
    expect((await predict('@a/bad')).stderr).toMatch(/^error HASH_MISMATCH: /m);
    expect((await run('list')).stdout).toMatch(/error HASH_MISMATCH: weights\.safetensors/);
    rmSync(at('node_modules/@a/bad'), { recursive: true });
    expect((await predict('@b/method')).stderr).toMatch(
      /^error BUNDLE_INVALID: @b\/method: .*a package with a bundle/m,
    );
    expect((await predict('@a/gone')).stderr).toMatch(
      /^error FILE_NOT_FOUND: @a\/gone: .*no installed package of this name/m,
    );
    writeFileSync(at('bad.tgz'), 'no archive');
    expect((await predict('bad.tgz')).stderr).toMatch(/^error FILE_CORRUPT: bad\.tgz: /m);
  });
});

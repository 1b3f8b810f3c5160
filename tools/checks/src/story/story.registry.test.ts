import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lackOfChromium, launch, runPage, serve } from '@adapterfusion/browser';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rows, writeEncoder } from '../../../../packages/adapterfusion/src/tiny.spec.js';
import { requireBuild } from '../sources.js';
import { root } from '../workspaces.mjs';
import { importing, person, type Ended, type Person } from './person.js';
import { lackOfRegistry, publishProject, startRegistry, type Registry } from './registry.js';

const lack = lackOfRegistry();
const INPUTS = [
  { text: 'apple pear plum', pair: 'we see the table' },
  { text: 'hammer saw drill', pair: 'we see' },
];

interface Answer {
  readonly label: string;
  readonly scores: { readonly [label: string]: number };
}

const story = lack ?? 'adapters of two authors, fused and published by a third, used by a fourth';

describe.skipIf(lack)(story, { timeout: 300_000 }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'adapterfusion-story-'));
  const at = (...path: string[]): string => join(scratch, ...path);
  let registry: Registry;
  let [a, b, c, d]: Person[] = [];
  let first: readonly Answer[];
  let published: Map<string, boolean>;

  /** An author works in a checkout of this project: its packages are linked, the encoder lies beside. */
  const author = (name: string): Person => {
    const one = person(at(name), registry, join(root, 'packages/cli/bin.js'));
    mkdirSync(at(name, 'node_modules'));
    symlinkSync(join(root, 'node_modules/@adapterfusion'), at(name, 'node_modules/@adapterfusion'));
    cpSync(at('encoder'), at(name, 'node_modules/@a/encoder'), { recursive: true });
    return one;
  };
  const fine = async (doing: Promise<Ended>): Promise<string> => {
    const { code, stdout, stderr } = await doing;
    if (code !== 0) throw new Error(`${stdout}${stderr}`);
    return stdout;
  };
  const train = ['--model', '@a/encoder', '--backend', 'wasm', '--epochs', '2', '--learning-rate', '1e-2'];
  const publish = async (who: Person, bundle: string, name: string, version: string): Promise<void> => {
    await fine(
      who.adapterfusion('pack', bundle, '--name', name, '--version', version, '--out', `to-publish-${version}`),
    );
    await fine(who.npm('publish', `./to-publish-${version}`));
  };
  const predict = async (): Promise<Ended> =>
    d!.adapterfusion('predict', '--setup', '@c/third', '--input', 'inputs.jsonl', '--backend', 'wasm');
  const answersOf = (stdout: string): Answer[] =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);

  beforeAll(async () => {
    requireBuild();
    registry = await startRegistry(at('registry'));
    published = await publishProject(registry, at('project'));
    writeEncoder(at('encoder'), 1);
    const manifest = { name: '@a/encoder', version: '1.0.0', license: 'MIT' };
    writeFileSync(at('encoder', 'package.json'), JSON.stringify(manifest));
  }, 600_000);
  afterAll(() => {
    registry?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('every package of the project installs beside the others, and can be imported', async () => {
    const anybody = person(at('all'), registry);
    await fine(anybody.npm('install', ...published.keys()));
    await fine(anybody.npm('ls', '--all'));
    await fine(anybody.node(importing([...published].flatMap(([name, code]) => (code ? [name] : [])))));
  });

  it('A publishes an encoder and an adapter for one task', async () => {
    a = author('a');
    cpSync(at('encoder'), at('a', 'encoder'), { recursive: true });
    await fine(a.npm('publish', './encoder'));
    writeFileSync(at('a', 'first.tsv'), rows(60, 3));
    await fine(a.adapterfusion('train', ...train, '--data', 'first.tsv', '--out', 'first', '--name', 'first'));
    await publish(a, 'first', '@a/first', '1.0.0');
    const again = await a.npm('publish', './to-publish-1.0.0');
    expect(again.code).not.toBe(0);
  });

  it('B publishes a method of their own, and an adapter made by it for another task', async () => {
    b = author('b');
    cpSync(join(root, 'packages/cli/fixtures/method'), at('b', 'node_modules/@b/method'), { recursive: true });
    await fine(b.npm('publish', './node_modules/@b/method'));
    writeFileSync(at('b', 'second.tsv'), rows(60, 4, true));
    const method = ['--adapter', 'scale_shift', '--name', 'second'];
    await fine(b.adapterfusion('train', ...train, ...method, '--data', 'second.tsv', '--out', 'second'));
    await publish(b, 'second', '@b/second', '1.0.0');
  });

  it('C installs both and the command, fuses them for a third task, publishes the fusion', async () => {
    c = person(at('c'), registry);
    await fine(c.npm('install', '@a/first', '@b/second', '@adapterfusion/cli'));
    const listed = await fine(c.adapterfusion('list'));
    expect(listed).toContain('can be fused on @a/encoder: --adapters first=@a/first second=@b/second\n');
    expect(listed).toContain('@b/method@1.0.0: adapter scale_shift\n');
    writeFileSync(at('c', 'third.tsv'), rows(60, 5));
    const adapters = ['--adapters', 'one=@a/first', 'two=@b/second', '--no-compare', '--name', 'third'];
    await fine(c.adapterfusion('fuse', ...train, ...adapters, '--data', 'third.tsv', '--out', 'third'));
    await publish(c, 'third', '@c/third', '1.0.0');
  });

  it('D installs that, gets all that it needs, and predicts in Node', async () => {
    d = person(at('d'), registry);
    await fine(d.npm('install', '@c/third', '@adapterfusion/cli', 'adapterfusion'));
    for (const name of ['@a/first', '@b/second', '@b/method', '@a/encoder'])
      expect(readdirSync(at('d', 'node_modules', name))).toContain('package.json');
    writeFileSync(at('d', 'inputs.jsonl'), INPUTS.map((input) => `${JSON.stringify(input)}\n`).join(''));
    first = answersOf(await fine(predict()));
    expect(first.map(({ scores }) => Object.keys(scores))).toEqual([
      ['fruit', 'tool'],
      ['fruit', 'tool'],
    ]);
    for (const { scores } of first) expect(scores['fruit']! + scores['tool']!).toBeCloseTo(1, 6);
  });

  const inChromium = 'and in Chromium, from addresses, from what a bundler imports, and from files: the same scores';
  it.skipIf(lackOfChromium)(lackOfChromium ?? inChromium, async () => {
    cpSync(join(root, 'tools/checks/fixtures/page'), at('d', 'page'), { recursive: true });
    await build({ configFile: false, root: at('d', 'page'), logLevel: 'error', build: { outDir: at('d', 'built') } });
    const site = await serve({ '/packages/': at('d', 'node_modules'), '/': at('d', 'built') });
    const browser = await launch(false);
    try {
      for (const way of ['url', 'bundler', 'files']) {
        const found = await runPage<readonly Answer[]>(browser, `${site.url}index.html`, { way, inputs: INPUTS });
        expect([way, ...found.map(({ label }) => label)]).toEqual([way, ...first.map(({ label }) => label)]);
        for (const [index, { scores }] of found.entries())
          for (const [label, score] of Object.entries(scores))
            expect(Math.abs(score - first[index]!.scores[label]!), way).toBeLessThan(1e-5);
      }
    } finally {
      await browser.close();
      site.close();
    }
  });

  it('A publishes other weights: D keeps 1.0.0 and its scores', async () => {
    const other = ['--data', 'first.tsv', '--out', 'other', '--name', 'first', '--seed', '9'];
    await fine(a!.adapterfusion('train', ...train, ...other));
    await publish(a!, 'other', '@a/first', '1.0.1');
    await fine(d!.npm('update'));
    const installed = readFileSync(at('d', 'node_modules/@a/first/package.json'), 'utf8');
    expect(JSON.parse(installed)).toMatchObject({ version: '1.0.0' });
    expect(answersOf(await fine(predict()))).toEqual(first);
  });

  it('forced to 1.0.1, loading fails with both hashes and the remedy', async () => {
    const path = at('d', 'package.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...manifest, overrides: { '@a/first': '1.0.1' } }));
    rmSync(at('d', 'package-lock.json'));
    rmSync(at('d', 'node_modules/.package-lock.json'));
    rmSync(at('d', 'node_modules/@a/first'), { recursive: true });
    await fine(d!.npm('install'));
    const { code, stdout, stderr } = await predict();
    expect([code, stdout]).toEqual([1, '']);
    const words =
      /^error ADAPTER_CHANGED: .*@a\/first@1\.0\.0 with SHA-256 ([0-9a-f]{64}); got ([0-9a-f]{64}) in @a\/first@1\.0\.1\. /m;
    const [, wanted, got] = words.exec(stderr) ?? [];
    expect(stderr).toMatch(words);
    expect(wanted).not.toBe(got);
    expect(stderr).toContain('npm install @a/first@1.0.0');
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterfusionShared, eventsOf, scratch, treeOf, type Ended } from './process.spec.js';
import { rows, writeEncoder } from '../../adapterfusion/src/tiny.spec.js';

const folder = scratch();
const MODEL = ['--model', 'encoder', '--backend', 'wasm'];
const TRAIN = [...MODEL, '--epochs', '8', '--learning-rate', '1e-2', '--pooling', 'mean', '--batch-size', '8'];

async function ok(...args: string[]): Promise<Ended> {
  const ended = await adapterfusionShared(args, folder);
  expect(ended.stderr).not.toMatch(/^error/m);
  expect(ended.code).toBe(0);
  return ended;
}

const lines = (name: string): unknown[] =>
  readFileSync(join(folder, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

beforeAll(() => {
  writeEncoder(join(folder, 'encoder'), 1);
  writeFileSync(join(folder, 'first.tsv'), rows(80, 3));
  writeFileSync(join(folder, 'second.tsv'), rows(80, 4, true));
  const inputs = [
    { text: 'apple pear plum', pair: 'we see the table' },
    { text: 'hammer saw drill wrench', pair: 'we see the house', id: 7 },
    { text: 'grape melon', pair: null },
  ];
  writeFileSync(join(folder, 'inputs.jsonl'), inputs.map((input) => `${JSON.stringify(input)}\n`).join('\n'));
});

describe('the verbs, one after the other', () => {
  it('train says what it does and where the bundle is', async () => {
    const method = ['--adapter', 'seq_bn[reduction_factor=4]'];
    const { stdout, stderr } = await ok('train', ...TRAIN, ...method, '--data', 'first.tsv', '--out', 'first');
    expect(stderr).toContain(
      'first.tsv: 72 rows to train on, 8 to validate on; labels fruit, tool; majority: accuracy 50.0 %',
    );
    expect(stderr).toContain(
      'warning: first.tsv: 8 "validation" rows to measure on: an accuracy on so few is certain to about 35 points.',
    );
    expect(stderr).toContain('st-a: 72 steps, 1,170 parameters to train');
    expect(stderr.match(/^st-a epoch \d: accuracy/gm)).toHaveLength(8);
    expect(stderr).not.toMatch(/TensorFlow|console/i);
    const [saved, next, ...table] = stdout.trimEnd().split('\n');
    expect(saved).toBe('saved first: accuracy 100.0 %, macro-f1 100.0 %, 1,170 parameters');
    expect(next).toBe(
      'next: npx adapterfusion evaluate first --split validation --model encoder --data first.tsv --backend wasm',
    );
    const methods = ['majority .*', 'TF-IDF .*', 'probe: .*', 'linear head .*', 'own adapter .*'];
    for (const [at, method] of methods.entries()) expect(table[at + 3]).toMatch(new RegExp(`^[ >][ *] ${method}`));
    expect(table[1]).toMatch(
      /^first\.tsv, 8 validation rows +accuracy % † +macro-f1 % +CV log-loss +trained parameters$/,
    );
    expect(Object.keys(treeOf(join(folder, 'first')))).toEqual([
      'README.md',
      'adapterfusion.json',
      'weights.safetensors',
    ]);
    expect(Object.keys(treeOf(folder)).filter((name) => name.includes('.run'))).toEqual([]);
  });

  it('train --json prints events and nothing else', async () => {
    const method = ['--adapter', 'par_bn[reduction_factor=8]', '--name', 'second'];
    const ended = await ok('train', ...TRAIN, '--data', 'second.tsv', ...method, '--out', 'second', '--json');
    expect(ended.stderr).toBe('');
    const events = eventsOf(ended);
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(72);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['progress', 'warning', 'data', 'start', 'step', 'evaluation', 'checkpoint', 'done', 'saved', 'table']),
    );
    const saved = events.find(({ type }) => type === 'saved');
    expect(saved).toMatchObject({ path: 'second', metrics: { accuracy: 1 } });
    expect(events.at(-1)!.type).toBe('table');
  });

  it('fuse ends with the table and the attention', async () => {
    const adapters = ['--adapters', 'first', 'other=second', '--lead', 'first'];
    const linear = ['--compare', 'linear'];
    const { stdout } = await ok('fuse', ...TRAIN, '--data', 'first.tsv', ...adapters, ...linear, '--out', 'fused');
    expect(stdout).toMatch(/^saved fused: accuracy 100.0 %/m);
    const own = ['majority', 'TF-IDF \\+ logistic regression', 'probe: mean embedding \\+ logistic regression'];
    own.push('linear head on the bare encoder', 'own adapter \\(first\\)');
    const more = ['best source head \\(other\\)', 'best single adapter \\((first|other)\\)', 'average of the adapters'];
    for (const method of [...own, ...more]) {
      const row = `^[ >][ *] ${method}( \\(always "\\w+"\\))? +\\d+\\.\\d +\\d+\\.\\d +\\d\\.\\d{3} +[\\d,]+$`;
      expect(stdout).toMatch(new RegExp(row, 'm'));
    }
    expect(stdout).toMatch(
      /^first\.tsv, 8 validation rows +accuracy % † +macro-f1 % +CV log-loss +trained parameters$/m,
    );
    expect(stdout).toMatch(/^own rows only$/m);
    expect(stdout).toMatch(/^plus adapters$/m);
    expect(stdout).toMatch(/^>[ *] average of the adapters/m);
    const manifest = JSON.parse(readFileSync(join(folder, 'fused/adapterfusion.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ kind: 'fusion', composition: { lead: 'first', children: ['first', 'other'] } });
    // The commands that follow are for a fusion whose weights depend on the text.
    const attention = ['--fusion', 'attention', ...linear, '--overwrite', '--out', 'fused'];
    const trained = await ok('fuse', ...TRAIN, '--data', 'first.tsv', ...adapters, ...attention);
    expect(trained.stdout).toMatch(/^>[ *] fusion: attention/m);
    expect(trained.stdout).toMatch(/^0\/output_adapter +[ ░▒▓█]{3} \d\.\d\d +[ ░▒▓█]{3} \d\.\d\d$/m);
  });

  it('a part of the training rows, and which rows are measured', async () => {
    const rows = ['--train-rows', '16', '--measure-on', 'test', '--data-option', 'test=0.2'];
    const { stdout, stderr } = await ok(
      'train',
      ...TRAIN,
      '--data',
      'first.tsv',
      ...rows,
      '--epochs',
      '1',
      '--out',
      'few',
    );
    expect(stderr).toMatch(/^first\.tsv: 16 of \d+ rows to train on, 8 to validate on;/m);
    expect(stdout).toMatch(/^next: .* evaluate few --split test /m);
    const manifest = JSON.parse(readFileSync(join(folder, 'few/adapterfusion.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({
      metrics: [{ data: 'first.tsv, test', rows: 16 }, {}],
      training: { trainRows: 16 },
    });
  });

  it('a task whose rows npm brings along needs no folder', async () => {
    const rows = ['--data', 'reviews-films', '--train-rows', '64', '--epochs', '1', '--max-length', '8'];
    const { stderr } = await ok('train', ...TRAIN, ...rows, '--out', 'films');
    expect(stderr).toMatch(
      /^reviews-films: 64 of 596 rows to train on, 100 to validate on; labels negative, positive;/m,
    );
  });

  it('fuse --no-compare leaves the table out', async () => {
    const rest = ['--adapters', 'first', 'second', '--no-compare', '--json', '--epochs', '1', '--out', 'fused-2'];
    const events = eventsOf(await ok('fuse', ...TRAIN, '--data', 'first.tsv', ...rest));
    expect(events.at(-1)!.type).toBe('saved');
  });

  it('the next command that train names runs, and evaluate writes the worst-scored rows', async () => {
    const { stdout } = await ok(
      ...['evaluate', 'fused', '--split', 'validation', ...MODEL, '--data', 'first.tsv'],
      ...['--worst', 'worst.jsonl', '--worst-count', '3'],
    );
    expect(stdout).toContain('first.tsv, validation, 8 rows: accuracy 100.0 %, macro-f1 100.0 %');
    expect(stdout).toMatch(/^fruit +100\.0 +100\.0 +100\.0 +4$/m);
    expect(stdout).toMatch(/^label \\ predicted +fruit +tool\nfruit +4 +0\ntool +0 +4$/m);
    const worst = lines('worst.jsonl') as { at: string; loss: number }[];
    expect(worst).toHaveLength(3);
    expect(worst[0]).toMatchObject({ at: expect.stringMatching(/^first\.tsv:\d+$/), label: expect.any(String) });
    expect(worst[0]!.loss).toBeGreaterThanOrEqual(worst[2]!.loss);
  });

  it('predict writes a line for each input, in its order', async () => {
    const files = ['--input', 'inputs.jsonl', '--output', 'predictions.jsonl'];
    const { stdout } = await ok('predict', ...MODEL, '--setup', 'fused', ...files, '--logits', '--attention');
    expect(stdout).toBe('3 predictions: predictions.jsonl\n');
    const found = lines('predictions.jsonl') as { label: string; attention: Record<string, number[]> }[];
    expect(found.map(({ label }) => label)).toEqual(['fruit', 'tool', 'fruit']);
    expect(Object.keys(found[0]!)).toEqual(['label', 'scores', 'logits', 'attention']);
    expect(Object.keys(found[0]!.attention)).toEqual(['0/output_adapter', '1/output_adapter']);
    for (const weights of Object.values(found[0]!.attention))
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
  });

  it('predict prints to stdout, masks adapters and skips layers', async () => {
    const wanted = ['--attention', '--mask', 'other', '--skip', '0'];
    const { stdout, stderr } = await ok('predict', ...MODEL, '--setup', 'fused', '--input', 'inputs.jsonl', ...wanted);
    expect(stderr).toBe('');
    const first = JSON.parse(stdout.split('\n')[0]!) as { attention: Record<string, number[]> };
    expect(first.attention).toEqual({ '1/output_adapter': [1, 0] });
  });

  it('export --compiled: the same predictions from fewer parameters, for prediction only', async () => {
    const { stdout } = await ok('export', 'fused', ...MODEL, '--compiled', '--out', 'folded');
    expect(stdout).toBe(
      'saved folded: 2,612 parameters instead of 7,960; folded: first\n' +
        'next: npx adapterfusion predict --setup folded --input rows.jsonl --model encoder\n',
    );
    const manifest = JSON.parse(readFileSync(join(folder, 'folded/adapterfusion.json'), 'utf8')) as object;
    const source = JSON.parse(readFileSync(join(folder, 'fused/adapterfusion.json'), 'utf8')) as {
      files: Record<string, { sha256: string }>;
    };
    const weights = source.files['weights.safetensors']!.sha256;
    expect(manifest).toMatchObject({ ...source, files: {}, compiled: { from: 'first', weights } });
    expect(readFileSync(join(folder, 'folded/README.md'), 'utf8')).toContain(weights);
    const predict = async (setup: string) =>
      eventsOf(await ok('predict', ...MODEL, '--setup', setup, '--input', 'inputs.jsonl', '--attention', '--logits'));
    expect(await predict('folded')).toEqual(await predict('fused'));
    for (const rest of [
      ['fuse', ...TRAIN, '--data', 'first.tsv', '--adapters', 'folded', 'first', '--out', 'refused'],
      ['export', 'folded', ...MODEL, '--compiled', '--out', 'refused'],
    ]) {
      const { code, stderr } = await adapterfusionShared(rest, folder);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error BUNDLE_COMPILED: /m);
    }
    const { stderr } = await adapterfusionShared(
      ['export', 'first', ...MODEL, '--compiled', '--out', 'refused'],
      folder,
    );
    expect(stderr).toMatch(/^error UNSUPPORTED: first: expected a fusion that can be folded; got none\./m);
  });

  it('prune keeps the adapter with the most attention, and the result is smaller once compiled', async () => {
    const rest = ['--data', 'first.tsv', '--split', 'validation', '--keep', '1', '--skip-layers', '1'];
    const { stdout } = await ok('prune', 'fused', ...MODEL, ...rest, '--out', 'pruned');
    const row = (form: string) =>
      new RegExp(`^${form} +(\\d+\\.\\d +\\d+\\.\\d) +\\d+\\.\\d\\d$`, 'm').exec(stdout)?.[1];
    expect(row('compiled')).toMatch(/^100\.0 +100\.0$/);
    expect([row('textbook'), row('factored')]).toEqual([row('compiled'), row('compiled')]);
    expect(row('pruned')).toBeDefined();
    const [used] = eventsOf(
      await ok('predict', ...MODEL, '--setup', 'fused', '--input', 'inputs.jsonl', '--attention'),
    ) as unknown as { attention: Record<string, number[]> }[];
    const [first, other] = used!.attention['1/output_adapter']!;
    const kept = first! > other! ? 'first' : 'other';
    expect(stdout).toMatch(new RegExp(`^0/output_adapter +none\n1/output_adapter +${kept}$`, 'm'));
    const { composition } = JSON.parse(readFileSync(join(folder, 'pruned/adapterfusion.json'), 'utf8')) as {
      composition: object;
    };
    expect(composition).toMatchObject({ keep: { '0/output_adapter': [], '1/output_adapter': [kept] } });
    const [predicted] = eventsOf(
      await ok('predict', ...MODEL, '--setup', 'pruned', '--input', 'inputs.jsonl', '--attention'),
    );
    expect(predicted!['attention']).toEqual({ '1/output_adapter': [1] });
    const compiled = await ok('export', 'pruned', ...MODEL, '--compiled', '--out', 'pruned-compiled');
    expect(compiled.stdout).toContain(`saved pruned-compiled: ${kept === 'first' ? 552 : 292} parameters instead of`);
    const again = await adapterfusionShared(['prune', 'folded', ...MODEL, ...rest, '--out', 'refused'], folder);
    expect(again.stderr).toMatch(/^error BUNDLE_COMPILED: folded: /m);
  });

  it('full fine-tuning writes a bundle that needs no other encoder, and is one', async () => {
    const rest = ['--strategy', 'full', '--data', 'first.tsv', '--name', 'tuned', '--learning-rate', '1e-3'];
    const { stdout, stderr } = await ok('train', ...TRAIN, ...rest, '--out', 'tuned');
    expect(stderr).toContain('full: 72 steps, 20,418 parameters to train');
    expect(stdout).toBe(
      'saved tuned: accuracy 100.0 %, macro-f1 100.0 %, 20,418 parameters\n' +
        'next: npx adapterfusion evaluate tuned --split validation --data first.tsv --backend wasm\n',
    );
    expect(Object.keys(treeOf(join(folder, 'tuned')))).toEqual([
      'README.md',
      'adapterfusion.json',
      'config.json',
      'model.safetensors',
      'vocab.txt',
      'weights.safetensors',
    ]);
    const evaluated = await ok(
      ...['evaluate', 'tuned', '--split', 'validation', '--data', 'first.tsv', '--backend', 'wasm'],
    );
    expect(evaluated.stdout).toContain('first.tsv, validation, 8 rows: accuracy 100.0 %');
    const predicted = await ok('predict', '--backend', 'wasm', '--setup', 'tuned', '--input', 'inputs.jsonl');
    expect(predicted.stdout.match(/"label":"(fruit|tool)"/g)).toHaveLength(3);
    const on = ['--data', 'first.tsv', '--epochs', '1', '--model', 'tuned', '--backend', 'wasm'];
    await ok('train', ...on, '--out', 'on-tuned');
    await ok('evaluate', 'on-tuned', '--data', 'first.tsv', '--backend', 'wasm');
  });

  it('a head alone trains, predicts and says how many inputs were cut', async () => {
    const rest = ['--data', 'first.tsv', '--strategy', 'head', '--max-length', '6', '--out', 'head'];
    const trained = await ok('train', ...TRAIN, ...rest, '--class-weights', 'balanced', '--head-layers', '1');
    expect(trained.stderr).toMatch(/^warning: first\.tsv: \d+ of 72 rows in "train" cut to 6 tokens\.$/m);
    const { stderr } = await ok('predict', ...MODEL, '--setup', 'head', '--input', 'inputs.jsonl', '--max-length', '4');
    expect(stderr).toBe('warning: 2 of 3 inputs cut to 4 tokens.\n');
  });
});

describe('help', () => {
  it.each([
    ['train'],
    ['fuse'],
    ['evaluate'],
    ['predict'],
    ['import'],
    ['export'],
    ['pack'],
    ['list'],
    ['prune'],
    ['quantize'],
    ['native', 'install'],
  ])('%s %s', async (...verb) => {
    const { stdout } = await ok(...verb.filter((word) => word !== undefined), '--help');
    expect(stdout).toMatch(/^Examples?:\n {2}adapterfusion \w+/m);
    expect(stdout).toContain('--json');
  });

  it('without a verb it is wrong usage', async () => {
    const { code, stderr } = await adapterfusionShared([], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^ {2}train \[options\] /m);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adapterfusionShared, scratch } from './process.spec.js';

const root = scratch();

it('data inspect prints what people look for, and the same as JSON', async () => {
  mkdirSync(join(root, 'mine'));
  const csv = ['remark,stars', ...Array.from({ length: 6 }, (_, row) => `"so, remark ${row >> 1}",${row % 2}`)];
  writeFileSync(join(root, 'mine/train.csv'), csv.join('\r\n'));
  writeFileSync(join(root, 'mine/test.csv'), `${csv[0]}\n${csv[1]}\n`);
  const args = ['data', 'inspect', 'mine', '--data-option', 'validation=0'];
  const { code, stdout, stderr } = await adapterfusionShared(args, root);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const line of [
    'mine: text-classification; accuracy, macro-f1; licence: not stated',
    'columns of mine/train.csv: remark, stars',
    'read as: npx adapterfusion train --data mine --text remark --label stars …',
    'The column of the text is a guess by what it holds: name it to train.',
    `To give the labels names: --data-option 'labelMap={"0":"…","1":"…"}'`,
    /^split +rows +0 +1 +repeated +median tokens +95 % +longest +unknown %\ntrain +6 +3 +3 +3 .* 0\.0$/m,
    /^train, tokens a row\n1–8 +6 +█{40}$/m,
    'first row\n  at: mine/train.csv:2\n  text: so, remark 0\n  label: 0',
    'warning: mine, "test": only 1 row; a result on so few is chance. Add rows.',
    'warning: 1 row of "test" with texts that are in "train" too, the first at mine/test.csv:2.',
    'warning: 3 rows of "train" repeated with another label than before.',
  ])
    expect(stdout).toMatch(line);
  const machine = await adapterfusionShared([...args, '--json'], root);
  const [event, ...rest] = machine.stdout.trim().split('\n');
  expect(rest.filter((line) => !line.includes('"progress"'))).toEqual([expect.stringContaining('"type":"inspection"')]);
  expect(JSON.parse(rest.at(-1) ?? event!)).toMatchObject({ type: 'inspection', splits: [{ rows: 6 }, { rows: 1 }] });
});

it('data inspect says nothing of labels where there are numbers', async () => {
  writeFileSync(join(root, 'numbers.tsv'), 'text\tlabel\nso\t0.5\nit\t1.25\nis\t2\n');
  const { stdout } = await adapterfusionShared(
    ['data', 'inspect', 'numbers.tsv', '--data-option', 'validation=0'],
    root,
  );
  expect(stdout).toMatch(/^split +rows +lowest +mean +highest .*\ntrain +3 +0\.5 +1\.25 +2 /m);
  expect(stdout).not.toMatch(/^labels:|labelMap/m);
});

it('data inspect refuses what is not there', async () => {
  const { code, stderr } = await adapterfusionShared(['data', 'inspect', 'gone.tsv'], root);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error FILE_NOT_FOUND: gone\.tsv/);
});

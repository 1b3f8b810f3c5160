import { readFileSync } from 'node:fs';
import { nodeFiles } from '@adapterfusion/files-node';
import { tensorCount } from '@adapterfusion/tensor';
import { evaluate, load } from 'adapterfusion';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks, open, shared } from './shared.js';

const lack = lacks('cpu', { shared: true });
const options = {
  files: nodeFiles(),
  backend: 'cpu',
  model: shared('cases/encoder'),
  backboneUnverified: true,
} as const;
const setup = (name: string): string => shared(`cases/setups/${name}`);

describe.skipIf(lack)(lack ?? 'set-ups whose branches have heads of their own, beside the Python reference', () => {
  let inputs: { text: string }[];
  const expected = (name: string): number[][] =>
    JSON.parse(readFileSync(`${setup(name)}.expected.json`, 'utf8')) as number[][];
  const near = (found: readonly number[] | undefined, wanted: readonly number[]): void =>
    wanted.forEach((value, at) => expect(found![at]).toBeCloseTo(value, 5));

  beforeAll(async () => {
    await open('cpu');
    const lines = readFileSync(setup('in.jsonl'), 'utf8').trimEnd().split('\n');
    inputs = lines.map((line) => JSON.parse(line) as { text: string });
  });

  // Rows of a batch are sorted by length where their places do not matter: the inputs come in no such order.
  it.each([1, 2, 32])('parallel: every branch answers every row, %d rows at once', async (batchSize) => {
    const model = await load(setup('setup_parallel'), options);
    expect(model.branches).toEqual(['a', 'b']);
    const before = tensorCount();
    const found = await model.predict(inputs, { logits: true, batchSize });
    expect(tensorCount()).toBe(before);
    const wanted = expected('setup_parallel');
    found.forEach((row, at) => {
      near(row.branches!['a']!.logits, wanted[at]!);
      near(row.branches!['b']!.logits, wanted[inputs.length + at]!);
      near(row.logits, wanted[at]!);
    });
    model.dispose();
  });

  it('parallel: a branch that is named answers alone', async () => {
    const model = await load(setup('setup_parallel'), { ...options, head: 'b' });
    expect([model.branches, model.composition]).toEqual([[], 'b']);
    const found = await model.predict(inputs, { logits: true });
    found.forEach(({ logits, branches }, at) => {
      near(logits, expected('setup_parallel')[inputs.length + at]!);
      expect(branches).toBeUndefined();
    });
    model.dispose();
  });

  it('batch-split: rows are told apart by their places', async () => {
    const model = await load(setup('setup_batchsplit'), options);
    const [two, four] = [[...inputs], [...inputs].reverse()];
    const before = tensorCount();
    const found = await model.predict(two, { logits: true, batchSize: 3 });
    expect(tensorCount()).toBe(before);
    found.forEach(({ logits }, at) => near(logits, expected('setup_batchsplit')[at]!));
    const both = await model.predict([...two, ...four], { logits: true });
    found.forEach(({ logits }, at) => near(both[at]!.logits, logits!));
    // The first input comes last, where the second branch answers.
    near(both[7]!.logits, expected('setup_parallel')[4]!);
    await expect(model.predict(inputs.slice(0, 3))).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    await expect(model.predict(inputs, { attention: true })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    model.dispose();
  });

  it('are measured one branch at a time', async () => {
    for (const name of ['setup_parallel', 'setup_batchsplit']) {
      const given = { ...options, data: shared('cases/data/three.csv') };
      await expect(evaluate(setup(name), given)).rejects.toMatchObject({
        code: 'OPTIONS_INVALID',
        message: expect.stringContaining('a set-up with the branches a, b') as string,
      });
    }
  });
});

import { collect, memorySource } from '@adapterfusion/data';
import { expect, it } from 'vitest';
import { copa } from './index.js';

const rowsOf = (row: object) => {
  const bytes = new TextEncoder().encode(JSON.stringify(row));
  return collect(copa().create({}), 'train', memorySource(new Map([['COPA/train.jsonl', bytes]]), 'x'));
};
const row = { premise: 'It rained.', choice1: 'I got wet.', choice2: 'I sang.', question: 'effect', label: 0, idx: 3 };

it('COPA: the text asks for cause or effect', async () => {
  const [choices, at] = [['I got wet.', 'I sang.'], 'x/COPA/train.jsonl:1'];
  expect(await rowsOf(row)).toEqual([{ text: 'It rained. What happened as a result?', choices, label: 0, at }]);
  expect(await rowsOf({ ...row, question: 'cause', label: 1 })).toEqual([
    { text: 'It rained. What was the cause of this?', choices, label: 1, at },
  ]);
  expect(copa().create({})).toMatchObject({ task: { type: 'multiple-choice' }, metrics: ['accuracy'] });
});

it('refuses a row without a choice, and a label that is none', async () => {
  const { choice2: _, ...one } = row;
  await expect(rowsOf(one)).rejects.toThrow('a column "choice2"');
  await expect(rowsOf({ ...row, label: 2 })).rejects.toMatchObject({ code: 'LABEL_UNKNOWN' });
});

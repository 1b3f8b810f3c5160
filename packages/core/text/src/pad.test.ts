import { expect, it } from 'vitest';
import { pad } from './pad.js';

const rows = [
  { group: [{ ids: [2, 5, 3], types: [0, 0, 0] }] },
  { group: [{ ids: [2, 5, 3, 6, 3], types: [0, 0, 0, 1, 1] }] },
];

it('pads to the longest row', () => {
  const batch = pad(rows, { padId: 9 });
  expect(batch.shape).toEqual([2, 5]);
  expect([...batch.ids]).toEqual([2, 5, 3, 9, 9, 2, 5, 3, 6, 3]);
  expect([...batch.types]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  expect([...batch.mask]).toEqual([1, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
});

it('puts the inputs of a group one after another, and says how many each row has', () => {
  const batch = pad([{ group: [...rows[0]!.group, ...rows[1]!.group] }, rows[0]!], { padId: 9 });
  expect(batch).toMatchObject({ shape: [3, 5], groups: [2, 1] });
  expect([...batch.ids]).toEqual([2, 5, 3, 9, 9, 2, 5, 3, 6, 3, 2, 5, 3, 9, 9]);
  expect(pad(rows, { padId: 9 })).not.toHaveProperty('groups');
});

it('rounds up to a multiple', () => {
  expect(pad(rows, { padId: 0, multipleOf: 4 }).shape).toEqual([2, 8]);
  expect(pad(rows, { padId: 0, multipleOf: 5 }).shape).toEqual([2, 5]);
});

it('takes no rows', () => {
  expect(pad([], { padId: 0 }).shape).toEqual([0, 0]);
});

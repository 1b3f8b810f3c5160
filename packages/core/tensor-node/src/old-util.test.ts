import util from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { restoreUtil } from './old-util.js';

const old = util as unknown as Record<string, unknown>;
const names = ['isNullOrUndefined', 'isArray'];
const kept = names.map((name) => [name, old[name]] as const);
afterEach(() => {
  for (const [name, value] of kept) old[name] = value;
});

it('puts back what newer versions of Node lack', () => {
  for (const name of names) Reflect.deleteProperty(old, name);
  restoreUtil();
  const { isNullOrUndefined, isArray } = old as Record<string, (value: unknown) => boolean>;
  expect([null, undefined, 0, '', false].map(isNullOrUndefined!)).toEqual([true, true, false, false, false]);
  expect([[], [1], {}, 'a'].map(isArray!)).toEqual([true, true, false, false]);
});

it('leaves what is there', () => {
  const mine = (): boolean => true;
  for (const name of names) old[name] = mine;
  restoreUtil();
  for (const name of names) expect(old[name]).toBe(mine);
});

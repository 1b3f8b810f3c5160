import { expect, it } from 'vitest';
import { branchBlock, branchesOf, rowGroupOf } from './branch-block.js';
import type { Composition } from './composition.js';

const split: Composition = { type: 'batch-split', sizes: [2, 3], children: ['a', 'b'] };
const parallel: Composition = { type: 'parallel', children: ['c', split] };

it('the rows of a pass belong together wherever a batch-split block stands, also in a branch of a parallel one', () => {
  expect([undefined, 'a', { type: 'parallel', children: ['a', 'b'] } as const].map(rowGroupOf)).toEqual(
    new Array(3).fill(undefined),
  );
  for (const composition of [split, parallel, { type: 'stack', children: ['c', split] } as const])
    expect(rowGroupOf(composition)).toBe(5);
});

it('the branches are those of the outermost block', () => {
  expect([branchBlock(parallel), branchesOf(parallel), branchesOf(split), branchesOf('a')]).toEqual([
    parallel,
    2,
    1,
    1,
  ]);
});

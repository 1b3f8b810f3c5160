import { AdapterFusionError } from '@adapterfusion/contracts';
import { describe, expect, it } from 'vitest';
import { adaptersOf, checkComposition } from './composition.js';

/** A legal block of each kind with the given children. */
const blocks: Readonly<Record<string, (...children: unknown[]) => object>> = {
  stack: (...children) => ({ type: 'stack', children }),
  fuse: (...children) => ({ type: 'fuse', fusion: 'f', children }),
  average: (...children) => ({ type: 'average', children }),
  parallel: (...children) => ({ type: 'parallel', children }),
  split: (...children) => ({ type: 'split', splits: children.map(() => 2), children }),
  'batch-split': (...children) => ({ type: 'batch-split', sizes: children.map(() => 1), children }),
};

/** What stands in what: a column for each child, a row for each parent. */
const table = `
              adapter none stack fuse average parallel split batch-split
  stack       yes     yes  no    yes  yes     yes      yes   yes
  fuse        yes     yes  yes   no   no      no       no    no
  average     yes     no   yes   no   no      no       yes   yes
  parallel    yes     yes  yes   yes  yes     no       no    yes
  split       yes     yes  yes   yes  yes     no       yes   yes
  batch-split yes     yes  yes   yes  yes     no       yes   yes`;

const refusal = (value: unknown): AdapterFusionError => {
  try {
    checkComposition(value);
  } catch (error) {
    if (AdapterFusionError.is(error)) return error;
  }
  throw new Error(`accepted ${JSON.stringify(value)}`);
};

describe('nesting', () => {
  const [head, ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const child = (kind: string): unknown =>
    kind === 'adapter'
      ? 'x'
      : kind === 'none'
        ? { type: 'none' }
        : { ...blocks[kind]!('x', 'y'), ...(kind === 'fuse' ? { fusion: 'g' } : {}) };
  for (const [parent, ...answers] of rows)
    answers.forEach((answer, index) => {
      const kind = head![index]!;
      const value = blocks[parent!]!('a', child(kind));
      it(`${answer === 'yes' ? 'allows' : 'refuses'} ${kind} in ${parent}`, () => {
        if (answer === 'yes') return void expect(checkComposition(value)).toEqual(value);
        const error = refusal(value);
        expect(error.code).toBe('COMPOSITION_INVALID');
        expect(error.message).toContain(`composition.children[1]: expected one of`);
        expect(error.message).toContain(`got ${kind}.`);
      });
    });
});

describe('a composition', () => {
  it('is the same after a trip through JSON', () => {
    const value = {
      type: 'parallel',
      children: [
        'a',
        {
          type: 'fuse',
          fusion: 'f',
          lead: 'a',
          inputs: 'lead',
          children: ['a', { type: 'stack', children: ['b', 'c'] }, { type: 'none' }],
        },
        { type: 'average', weights: [1, 2], children: ['b', 'c'] },
      ],
    };
    const checked = checkComposition(JSON.parse(JSON.stringify(value)));
    expect(checked).toEqual(value);
    expect(checkComposition(JSON.parse(JSON.stringify(checked)))).toEqual(checked);
    expect(adaptersOf(checked)).toEqual(['a', 'b', 'c']);
  });

  const refusals: [what: string, value: unknown, code: string, message: string][] = [
    ['nothing', undefined, 'COMPOSITION_INVALID', 'an adapter name or { type, children }; got nothing'],
    ['a list', ['a'], 'COMPOSITION_INVALID', 'got ["a"]'],
    ['an unknown type', { type: 'mix', children: ['a'] }, 'COMPOSITION_INVALID', 'one of none, stack, fuse'],
    ['a type that every object has', { type: 'toString', children: ['a'] }, 'COMPOSITION_INVALID', '"toString"'],
    ['an unknown field', { type: 'stack', children: ['a'], name: 'x' }, 'COMPOSITION_INVALID', 'got "name"'],
    ['no children', { type: 'stack', children: [] }, 'COMPOSITION_INVALID', 'at least one child'],
    ['missing children', { type: 'average' }, 'COMPOSITION_INVALID', 'got nothing'],
    ['a name with a comma', 'a,b', 'NAME_INVALID', 'a,b'],
    ['a name with a dot', { type: 'stack', children: ['a.b'] }, 'NAME_INVALID', 'a.b'],
    ['a fusion without a name', { type: 'fuse', children: ['a'] }, 'COMPOSITION_INVALID', 'the name of the fusion'],
    ['a bad fusion name', { type: 'fuse', fusion: '..', children: ['a'] }, 'NAME_INVALID', '..'],
    [
      'a lead that is no child',
      { type: 'fuse', fusion: 'f', lead: 'c', children: ['a', 'b'] },
      'COMPOSITION_INVALID',
      'lead: expected one of a, b',
    ],
    [
      'none as the lead',
      { type: 'fuse', fusion: 'f', lead: 'none', children: ['a', { type: 'none' }] },
      'COMPOSITION_INVALID',
      'lead',
    ],
    [
      'other inputs',
      { type: 'fuse', fusion: 'f', inputs: 'all', children: ['a'] },
      'COMPOSITION_INVALID',
      '"own" or "lead"',
    ],
    ['a child twice', { type: 'fuse', fusion: 'f', children: ['a', 'a'] }, 'COMPOSITION_INVALID', '"a" twice'],
    [
      'a fusion of none',
      { type: 'fuse', fusion: 'f', children: [{ type: 'none' }] },
      'COMPOSITION_INVALID',
      'only none',
    ],
    [
      'a block in a stack in a fusion',
      { type: 'fuse', fusion: 'f', children: [{ type: 'stack', children: [{ type: 'average', children: ['a'] }] }] },
      'COMPOSITION_INVALID',
      'a stack of adapters',
    ],
    [
      'two fusions of one name',
      { type: 'stack', children: [blocks.fuse!('a'), blocks.fuse!('b')] },
      'COMPOSITION_INVALID',
      '"f" twice',
    ],
    [
      'two parallel blocks',
      { type: 'stack', children: [blocks.parallel!('a'), blocks.parallel!('b')] },
      'COMPOSITION_INVALID',
      'at most one parallel block',
    ],
    [
      'too few splits',
      { type: 'split', splits: [3], children: ['a', 'b'] },
      'COMPOSITION_INVALID',
      '2 whole numbers of at least 1',
    ],
    ['an empty split', { type: 'split', splits: [3, 0], children: ['a', 'b'] }, 'COMPOSITION_INVALID', '[3,0]'],
    [
      'sizes that are not whole',
      { type: 'batch-split', sizes: [0.5, 1], children: ['a', 'b'] },
      'COMPOSITION_INVALID',
      'at least 0',
    ],
    [
      'weights that are not numbers',
      { type: 'average', weights: ['1', 1], children: ['a', 'b'] },
      'COMPOSITION_INVALID',
      '2 numbers',
    ],
    [
      'weights that cancel',
      { type: 'average', weights: [1, -1], children: ['a', 'b'] },
      'COMPOSITION_INVALID',
      'a sum other than 0',
    ],
  ];
  for (const [what, value, code, message] of refusals)
    it(`is refused with ${what}`, () => {
      const error = refusal(value);
      expect(error.code).toBe(code);
      expect(error.message).toContain(message);
    });

  it('may have rows of no size in a batch split', () => {
    expect(checkComposition({ type: 'batch-split', sizes: [0, 2], children: ['a', 'b'] })).toBeTypeOf('object');
  });
});

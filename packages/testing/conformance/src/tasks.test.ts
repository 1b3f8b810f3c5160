import { describe, expect, it } from 'vitest';
import { BROKEN_HEADS } from './broken-heads.spec.js';
import { BROKEN_FIELDS, BROKEN_KINDS, kindFrom } from './broken-tasks.spec.js';
import { failuresOf, namesOf } from './failures.spec.js';
import { EXAMPLES, HEAD_TARGETS, headFrom, LABELS } from './toy-head.spec.js';
import { testHead, testTaskKind, type TargetRows, type TestRunner } from './index.js';

const headOptions = { labels: LABELS, targets: HEAD_TARGETS };
const kindOptions = { labels: LABELS, examples: EXAMPLES, head: headFrom(), broken: BROKEN_FIELDS };
const runHead =
  (configured = headFrom()) =>
  (runner: TestRunner) =>
    testHead(runner, configured, headOptions);
const runKind =
  (configured = kindFrom()) =>
  (runner: TestRunner) =>
    testTaskKind(runner, configured, kindOptions);

describe('sound plugins pass every test', () => {
  it('a head, with targets of a task kind', async () => {
    expect(await failuresOf(runHead())).toEqual(new Map());
  });

  it('a head, with targets that are handed over', async () => {
    const targets: TargetRows = {
      groups: [1, 1, 1],
      lengths: [4, 2, 3],
      collate: (rows) => ({ labels: { data: Int32Array.from(rows), shape: [rows.length] } }),
      classes: (row) => [row],
    };
    const run = (runner: TestRunner): void => testHead(runner, headFrom(), { labels: LABELS, targets });
    expect(await failuresOf(run)).toEqual(new Map());
  });

  it('a task kind', async () => {
    expect(await failuresOf(runKind())).toEqual(new Map());
  });
});

describe('a broken head is caught by the test of that name', () => {
  it.each(BROKEN_HEADS)('%s: %s', async (_, test, configured) => {
    expect([...(await failuresOf(runHead(configured), test)).keys()]).toEqual([test]);
  });
});

describe('a broken task kind is caught by the test of that name', () => {
  it.each(BROKEN_KINDS)('%s: %s', async (_, test, configured) => {
    expect([...(await failuresOf(runKind(configured), test)).keys()]).toEqual([test]);
  });
});

it('every test of the two suites is seen to fail', () => {
  // The tests of every kind of plugin fail for broken adapters and fusions.
  const shared = [
    'is a plugin of this contract',
    'has options that survive JSON',
    'refuses an option that it does not know',
  ];
  const caught = [...BROKEN_HEADS, ...BROKEN_KINDS].map(([, test]) => test);
  const all = [...namesOf(runHead()), ...namesOf(runKind())];
  expect(all.filter((name) => !shared.includes(name) && !caught.includes(name))).toEqual([]);
});

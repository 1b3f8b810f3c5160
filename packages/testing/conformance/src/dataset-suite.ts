import type { AnyConfigured, Dataset, DatasetSource, ErrorCode, Example } from '@adapterfusion/contracts';
import { memorySource } from '@adapterfusion/data';
import { ensure, ensureRefused } from './expect.js';
import { checkPlugin, nameOf } from './plugin-checks.js';
import { checksOn, type Check, type SuiteOptions, type TestRunner } from './runner.js';

/** Files that a data set has to refuse. */
export interface BrokenSource {
  /** What is wrong with them: `a row without a label`. */
  readonly what: string;
  readonly source: DatasetSource;
  readonly code: ErrorCode;
}

/**
 * Tests a data set: its plugin, its task, its rows, and that bad files are refused.
 * @param configured the data set with options
 * @param source files in the form that it reads, with rows in at least one split; `memorySource` of `@adapterfusion/data`
 * makes one from texts
 * @param broken files that it has to refuse
 */
export function testDataset(
  runner: TestRunner,
  configured: AnyConfigured<'dataset'>,
  source: DatasetSource,
  broken: readonly BrokenSource[] = [],
  options: SuiteOptions = {},
): void {
  runner.describe(`conformance of the data set ${nameOf(configured)}`, () => {
    const check = checksOn(runner, options);
    checkPlugin(check, configured, 'dataset');
    checkDeclared(check, configured);
    checkRows(check, configured, source);
    for (const { what, source: bad, code } of broken)
      check(`refuses ${what}`, () => ensureRefused(() => readAll(configured.create({}), bad), [code], what));
    check('refuses a source without files', () =>
      ensureRefused(
        async () => {
          const dataset = configured.create({});
          const empty = memorySource(new Map());
          const [split] = await dataset.splits(empty);
          for await (const _ of dataset.examples(split ?? 'train', empty)) return;
        },
        ['FILE_NOT_FOUND', 'DATA_INVALID'],
        'an empty source',
      ),
    );
  });
}

async function rowsOf(
  dataset: Dataset,
  split: 'train' | 'validation' | 'test',
  source: DatasetSource,
): Promise<Example[]> {
  const rows: Example[] = [];
  for await (const row of dataset.examples(split, source)) rows.push(row);
  return rows;
}

async function readAll(dataset: Dataset, source: DatasetSource): Promise<void> {
  for (const split of await dataset.splits(source)) await rowsOf(dataset, split, source);
}

function checkDeclared(check: Check, configured: AnyConfigured<'dataset'>): void {
  check('declares its task, metrics and licence', () => {
    const { task, metrics, licence } = configured.create({});
    if (task.type === 'classification') {
      ensure(
        task.labels.every((label) => typeof label === 'string' && label.length > 0),
        'names of labels',
      );
      ensure(new Set(task.labels).size === task.labels.length, 'labels that differ');
    }
    if (task.type === 'regression') ensure(task.min < task.max, 'a range');
    ensure(metrics.length > 0 && metrics.every((name) => name.length > 0), 'at least one metric');
    ensure(licence.trim().length > 0, 'a note on the licence');
  });
}

function checkRows(check: Check, configured: AnyConfigured<'dataset'>, source: DatasetSource): void {
  check('has rows, and the same ones when they are read again', async () => {
    const dataset = configured.create({});
    const splits = await dataset.splits(source);
    ensure(
      splits.length > 0 && new Set(splits).size === splits.length,
      `different splits; got ${splits.join(', ') || 'none'}`,
    );
    for (const split of splits) {
      const [once, again] = [await rowsOf(dataset, split, source), await rowsOf(configured.create({}), split, source)];
      ensure(once.length > 0, `rows in ${split}`);
      ensure(JSON.stringify(once) === JSON.stringify(again), `the same rows of ${split} twice`);
    }
  });

  check('has rows that fit its task', async () => {
    const dataset = configured.create({});
    for (const split of await dataset.splits(source))
      for (const [index, row] of (await rowsOf(dataset, split, source)).entries()) {
        const problem = problemOf(row, dataset);
        ensure(
          problem === undefined,
          `${problem} in row ${index + 1} of ${split}; got ${JSON.stringify(row).slice(0, 200)}`,
        );
        ensure(split === 'test' || row.label !== undefined, `a label in row ${index + 1} of ${split}`);
      }
  });

  check('says of every row where it stands', async () => {
    const dataset = configured.create({});
    for (const split of await dataset.splits(source)) {
      const places = (await rowsOf(dataset, split, source)).map(({ at }) => at);
      ensure(
        places.every((at) => at !== undefined && /:\d+$|\[\d+\]$/.test(at)),
        `file:line or file[index] for every row; got ${places[0] ?? 'none'}`,
      );
      ensure(new Set(places).size === places.length, 'a place of its own for every row');
    }
  });

  check('may be stopped after a row and read from the start', async () => {
    const dataset = configured.create({});
    const [split] = await dataset.splits(source);
    const first = async (): Promise<string | undefined> => {
      for await (const row of dataset.examples(split!, source)) return JSON.stringify(row);
      return undefined;
    };
    ensure((await first()) === (await first()), 'the same first row');
  });
}

function problemOf({ text, pair, choices, label }: Example, { task }: Dataset): string | undefined {
  if (typeof text !== 'string') return 'a text';
  if (pair !== undefined && typeof pair !== 'string') return 'a pair that is a text';
  if ((choices !== undefined) !== (task.type === 'multiple-choice')) return 'choices exactly in multiple choice';
  if (choices && (choices.length < 2 || pair !== undefined)) return 'two choices or more and no pair';
  if (label === undefined) return undefined;
  if (task.type === 'regression')
    return label >= task.min && label <= task.max ? undefined : `a number from ${task.min} to ${task.max}`;
  const most = task.type === 'classification' ? task.labels.length : choices!.length;
  const open = task.type === 'classification' && most === 0;
  return Number.isInteger(label) && label >= 0 && (open || label < most) ? undefined : `a label from 0 to ${most - 1}`;
}

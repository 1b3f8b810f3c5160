import {
  configure,
  identityOf,
  type AnyConfigured,
  type AnyPlugin,
  type AnyTaskKind,
  type Dataset,
  type DatasetSource,
  type ErrorCode,
  type Example,
  type Fields,
} from '@adapterfusion/contracts';
import { memorySource } from '@adapterfusion/data';
import { multipleChoice } from '@adapterfusion/task-multiple-choice';
import { regression } from '@adapterfusion/task-regression';
import { textClassification } from '@adapterfusion/task-text-classification';
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

/** Options of {@link testDataset}. */
export interface DatasetSuiteOptions extends SuiteOptions {
  /** The task kind's plugin, where it is none of text classification, regression and multiple choice. */
  readonly taskKind?: { readonly plugin: AnyPlugin<'task'> };
}

const KINDS = [textClassification, regression, multipleChoice];

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
  options: DatasetSuiteOptions = {},
): void {
  const kinds = [...KINDS, ...(options.taskKind ? [options.taskKind] : [])].map(({ plugin }) => plugin);
  runner.describe(`conformance of the data set ${nameOf(configured)}`, () => {
    const check = checksOn(runner, options);
    checkPlugin(check, configured, 'dataset');
    checkDeclared(check, configured);
    checkRows(check, configured, source, kinds);
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
  for await (const row of dataset.examples(split, source) as AsyncIterable<Example>) rows.push(row);
  return rows;
}

async function readAll(dataset: Dataset, source: DatasetSource): Promise<void> {
  for (const split of await dataset.splits(source)) await rowsOf(dataset, split, source);
}

function checkDeclared(check: Check, configured: AnyConfigured<'dataset'>): void {
  check('declares its task, metrics and licence', () => {
    const { task, metrics, licence } = configured.create({});
    const { type, labels = [] } = task;
    ensure(typeof type === 'string' && type.length > 0, 'the kind of its task');
    ensure(
      labels.every((label) => typeof label === 'string' && label.length > 0),
      'names of labels',
    );
    ensure(new Set(labels).size === labels.length, 'labels that differ');
    ensure(
      metrics.every((name) => name.length > 0),
      'names of metrics',
    );
    ensure(licence.trim().length > 0, 'a note on the licence');
  });
}

function checkRows(
  check: Check,
  configured: AnyConfigured<'dataset'>,
  source: DatasetSource,
  kinds: readonly AnyPlugin<'task'>[],
): void {
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
    const kind = kindOf(dataset, kinds);
    for (const split of await dataset.splits(source))
      for (const [index, row] of (await rowsOf(dataset, split, source)).entries()) {
        const where = `row ${index + 1} of ${split}; got ${JSON.stringify(row).slice(0, 200)}`;
        const example = parsed(kind, row, where);
        ensure(split === 'test' || kind.target(example) !== undefined, `a target in ${where}`);
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

/** The task kind of a data set. */
function kindOf({ task }: Dataset, kinds: readonly AnyPlugin<'task'>[]): AnyTaskKind {
  const { type, labels = [], ...options } = task;
  const plugin = kinds.find((each) => each.id === type || identityOf(each) === type);
  if (!plugin) throw new Error(`expected the option taskKind with the plugin of "${type}"; got none`);
  return configure(plugin, options).create({ labels });
}

function parsed(kind: AnyTaskKind, row: Example, where: string): Example {
  try {
    return kind.parse(row as Fields, row.at ?? where) as Example;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)} in ${where}`, { cause: error });
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { filesOf, inspectData } from 'adapterfusion';
import { expect, it } from 'vitest';

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const absent = existsSync(data) ? '' : ' (skipped: ../shared is absent)';
/** Lengths in words: no encoder is looked for. */
const { packageFolder: _, ...files } = filesOf(undefined);

type Cells = readonly unknown[] | Readonly<Record<string, unknown>>;
/** The rows of a file, told apart by nothing but line ends. */
type Reader = (text: string) => Cells[];
const lines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== '');
const bare: Reader = (text) => lines(text).map((line) => line.split('\t'));
const headed: Reader = (text) => bare(text.replace(/^\uFEFF/, '')).slice(1);
const objects: Reader = (text) => lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);
const list: Reader = (text) => JSON.parse(text) as Record<string, unknown>[];

interface Set_ {
  readonly task: string;
  readonly folder: string;
  readonly read: Reader;
  /** Cells or keys of text, pair and label. */
  readonly columns: readonly [text: string | number, pair: string | number | undefined, label: string | number];
  /** Labels of the file in the order of the task's. */
  readonly labels: readonly unknown[];
  readonly files: Readonly<Record<string, string>>;
  readonly options?: object;
}

const binary = ['0', '1'];
const three = ['entailment', 'neutral', 'contradiction'];
const trainDev = { train: 'train.tsv', validation: 'dev.tsv' };
const own = (files: Record<string, string>, more: object = {}) => ({ files, options: { files, ...more } });
const jsonl = { train: 'train.jsonl', test: 'test.jsonl' };
const SETS: readonly Set_[] = [
  { task: 'cola', folder: 'CoLA', read: bare, columns: [3, undefined, 1], labels: binary, files: trainDev },
  { task: 'sst2', folder: 'SST-2', read: headed, columns: [0, undefined, 1], labels: binary, files: trainDev },
  {
    ...{ task: 'mrpc', folder: 'MRPC', read: headed, columns: [3, 4, 0], labels: binary },
    files: { ...trainDev, test: 'msr_paraphrase_test.txt' },
  },
  {
    ...{ task: 'qqp', folder: 'QQP', read: bare, columns: [1, 2, 0], labels: binary },
    ...own({ train: 'dev.tsv', test: 'test.tsv' }, { encoding: 'utf-8-lossy' }),
  },
  {
    ...{ task: 'mnli', folder: 'MNLI', read: headed, columns: [1, 2, 3], labels: three },
    ...own({ validation: 'dev_matched_hans.tsv' }),
  },
  {
    ...{ task: 'qnli', folder: 'QNLI', read: headed, columns: [1, 2, 3], labels: ['entailment', 'not_entailment'] },
    files: { validation: 'dev.tsv' },
  },
  {
    ...{ task: 'rte', folder: 'RTE', read: headed, columns: [1, 2, 3], labels: ['entailment', 'not_entailment'] },
    files: trainDev,
  },
  { task: 'wnli', folder: 'WNLI', read: headed, columns: [1, 2, 3], labels: binary, files: trainDev },
  {
    ...{ task: 'snli', folder: 'SNLI', read: bare, columns: [0, 1, 2], labels: ['0', '1', '2'] },
    files: { validation: 'dev.txt', test: 'test.txt' },
  },
  {
    ...{ task: 'scitail', folder: 'SciTail', read: bare, columns: [0, 1, 2], labels: binary },
    files: { validation: 'dev.txt', test: 'test.txt' },
  },
  {
    ...{ task: 'sick', folder: 'SICK', read: headed, columns: [1, 2, 4] },
    labels: ['ENTAILMENT', 'NEUTRAL', 'CONTRADICTION'],
    files: { train: 'SICK_train.txt', validation: 'SICK_trial.txt', test: 'SICK_test_annotated.txt' },
  },
  {
    ...{ task: 'cb', folder: 'CB', read: objects, columns: ['premise', 'hypothesis', 'label'], labels: three },
    files: { train: 'train.jsonl', validation: 'val.jsonl' },
  },
  {
    ...{ task: 'boolq', folder: 'BoolQ', read: objects, columns: ['question', 'passage', 'answer'] },
    ...{ labels: [false, true], files: { validation: 'dev.jsonl' } },
  },
  {
    ...{ task: 'boolq', folder: 'BoolQ', read: list, columns: ['question', 'passage', 'answer'] },
    ...{ labels: [false, true], ...own({ train: 'train_subset.json' }) },
  },
  { task: 'imdb', folder: 'IMDB', read: objects, columns: ['text', undefined, 'label'], labels: [0, 1], files: jsonl },
  { task: 'mr', folder: 'MR', read: objects, columns: ['sentence', undefined, 'label'], labels: binary, files: jsonl },
  {
    ...{ task: 'subj', folder: 'SUBJ', read: objects, columns: ['sentence', undefined, 'label'], labels: binary },
    files: jsonl,
  },
  {
    ...{ task: 'trec', folder: 'TREC', read: objects, columns: ['sentence', undefined, 'label'], files: jsonl },
    labels: ['0', '1', '2', '3', '4', '5'],
  },
];

it.skipIf(absent).each(SETS)(`$task in ../shared/data/$folder is as in its files${absent}`, async (set) => {
  const { task, folder, read, columns, labels, options } = set;
  const given = options ? { dataOptions: options } : {};
  const found = await inspectData({ data: task, dataDir: data, files, ...given });
  expect(found.splits.map(({ split }) => split)).toEqual(Object.keys(set.files));
  for (const { split, rows, labels: counts, first, last } of found.splits) {
    const all = read(readFileSync(`${data}${folder}/${set.files[split]!}`, 'utf8'));
    const [text, pair, label] = columns.map(
      (column) => (row: Cells) => column !== undefined && (row as Readonly<Record<string | number, unknown>>)[column],
    );
    const exampleOf = (row: Cells) => ({
      text: text!(row),
      ...(columns[1] === undefined ? {} : { pair: pair!(row) }),
      label: labels.indexOf(label!(row)),
    });
    expect(rows).toBe(all.length);
    expect(counts.map((each) => each.rows)).toEqual(
      labels.map((each) => all.filter((row) => label!(row) === each).length),
    );
    expect(first).toMatchObject(exampleOf(all[0]!));
    expect(last).toMatchObject(exampleOf(all.at(-1)!));
  }
});

/** Sets of numbers and of choices: how many rows, and what the first and the last one ask. */
const ASKING: readonly {
  readonly task: string;
  readonly file: string;
  readonly read: (
    text: string,
  ) => { readonly text: string; readonly choices?: readonly string[]; readonly pair?: string }[];
}[] = [
  {
    ...{ task: 'stsb', file: 'STS-B/train.tsv' },
    read: (text) =>
      headed(text).map((row) => ({ text: String((row as string[])[7]), pair: String((row as string[])[8]) })),
  },
  {
    ...{ task: 'csqa', file: 'CSQA/train_rand_split.jsonl' },
    read: (text) =>
      objects(text).map((row) => {
        const { stem, choices } = (row as { question: { stem: string; choices: { text: string }[] } }).question;
        return { text: stem, choices: choices.map((choice) => choice.text) };
      }),
  },
  {
    ...{ task: 'cosmosqa', file: 'CosmosQA/valid.jsonl' },
    read: (text) =>
      (objects(text) as Record<string, string>[]).map((row) => ({
        text: `${row['context']} ${row['question']}`,
        choices: [0, 1, 2, 3].map((choice) => row[`answer${choice}`]!),
      })),
  },
  {
    ...{ task: 'siqa', file: 'SocialIQA/train.jsonl' },
    read: (text) =>
      (objects(text) as Record<string, string>[]).map((row) => ({
        text: `${row['context']} ${row['question']}`,
        choices: ['A', 'B', 'C'].map((choice) => row[`answer${choice}`]!),
      })),
  },
];

it.skipIf(absent).each(ASKING)(`$task in ../shared/data is as in $file${absent}`, async ({ task, file, read }) => {
  const found = await inspectData({ data: task, dataDir: data, files });
  const all = read(readFileSync(`${data}${file}`, 'utf8'));
  const { rows, first, last } = found.splits[0]!;
  expect(rows).toBe(all.length);
  expect(first).toMatchObject(all[0]!);
  expect(last).toMatchObject(all.at(-1)!);
});

it.skipIf(absent).each([
  ['winogrande', 'Winogrande/train_l.jsonl', 1],
  ['hellaswag', 'HellaSwag/hellaswag_val_full.txt', 6],
])(`%s in ../shared/data has the rows of %s${absent}`, async (task, file, linesOfRow) => {
  const found = await inspectData({ data: task, dataDir: data, files });
  const all = lines(readFileSync(`${data}${file}`, 'utf8'));
  expect(found.splits[0]).toMatchObject({ rows: all.length / linesOfRow, unlabelled: 0 });
});

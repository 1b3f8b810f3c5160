import { describe } from 'vitest';
import { MODEL, PREDICT, refuses, TRAIN, trainOn, type Place, type Refusal } from './refusals.spec.js';

const HEADER = 'text\tpair\tlabel\n';
const GOOD = 'apple pear\twe see\tfruit\nsaw drill\twe see\ttool\n';

const file = (name: string, content: string | Uint8Array) => ({
  args: trainOn(name),
  make: ({ write }: Place) => write(name, content),
});
const input = (content: string | Uint8Array) => ({
  args: PREDICT,
  make: ({ write }: Place) => write('inputs.jsonl', content),
});
const bad = (name: string, rest: Pick<Refusal, 'args' | 'make'>, ...says: (string | RegExp)[]): Refusal => ({
  name,
  error: 'DATA_INVALID',
  says,
  ...rest,
});

describe('rows to train on', () => {
  refuses([
    { name: 'no such file', args: trainOn('gone.tsv'), error: 'FILE_NOT_FOUND', says: ['gone.tsv'] },
    {
      name: 'no such task',
      args: trainOn('rtee'),
      error: 'PLUGIN_MISSING',
      says: ['Did you mean "rte"?'],
    },
    {
      name: 'a task without its folder',
      args: trainOn('rte'),
      error: 'OPTIONS_INVALID',
      says: ['--data-dir'],
    },
    {
      name: 'a folder without the files of the task',
      args: [...trainOn('rte'), '--data-dir', 'encoder'],
      error: 'FILE_NOT_FOUND',
      says: ['encoder'],
    },
    {
      name: 'a format that is none',
      ...file('data.xlsx', 'PK'),
      error: 'OPTIONS_INVALID',
      says: ['.tsv', 'data.xlsx'],
    },
    bad('an empty file', file('data.tsv', ''), 'data.tsv'),
    bad('a header alone', file('data.tsv', HEADER), 'expected rows below the header'),
    bad(
      'a row with too few cells',
      file('data.tsv', `${HEADER}${GOOD}apple\tfruit\n`),
      'data.tsv:4',
      'expected 3 cells',
    ),
    bad('a quote that is open', file('data.csv', 'text,label\n"apple,fruit\n'), /data\.csv:\d/, 'quote'),
    bad('a line that is no JSON', file('data.jsonl', '{"text":"a","label":"b"}\n{"text":\n'), 'data.jsonl:2'),
    bad('a text that is empty', file('data.tsv', `${HEADER}${GOOD}\twe see\tfruit\n`), 'data.tsv:4', 'text'),
    bad('a label that is empty', file('data.tsv', `${HEADER}${GOOD}apple\twe see\t\n`), 'data.tsv:4', 'label'),
    bad('labels of one class', file('data.tsv', `${HEADER}apple\tx\tfruit\npear\ty\tfruit\n`), 'at least 2 labels'),
    bad(
      'an id that stands twice',
      {
        args: [...trainOn('data.tsv'), '--id', 'id'],
        make: ({ write }) => write('data.tsv', 'id\ttext\tlabel\n1\tapple\tfruit\n2\tsaw\ttool\n1\tpear\tfruit\n'),
      },
      'data.tsv:4',
      'also at data.tsv:2',
    ),
    bad(
      'bytes that are not UTF-8',
      file('data.tsv', Buffer.from(`${HEADER}${GOOD}caf\xe9\tx\tfruit\n`, 'latin1')),
      /data\.tsv:4/,
      'UTF-8',
    ),
    bad('a column that is not there', { args: [...TRAIN, '--label', 'lable'] }, 'Did you mean "label"?'),
    {
      name: 'a label that the training rows lack',
      args: trainOn('data'),
      make: ({ write }) => {
        write('data/train.tsv', `${HEADER}${GOOD}`);
        write('data/dev.tsv', `${HEADER}apple\twe see\tfruitt\n`);
      },
      error: 'LABEL_UNKNOWN',
      says: ['dev.tsv:2', 'Did you mean "fruit"?'],
    },
    {
      name: 'a label that the bundle lacks',
      args: ['evaluate', 'first', ...MODEL, '--data', 'data.tsv'],
      make: ({ write }) => write('data.tsv', `${HEADER}${GOOD}stone\twe see\tmineral\n`),
      error: 'LABEL_UNKNOWN',
      says: ['data.tsv:4', '"mineral"'],
    },
  ]);
});

describe('inputs to predict', () => {
  refuses([
    {
      name: 'no such file',
      args: [...PREDICT, '--input', 'gone.jsonl'],
      error: 'FILE_NOT_FOUND',
      says: ['gone.jsonl'],
    },
    bad('an empty file', input('\n \n'), 'inputs.jsonl'),
    bad('a line that is no JSON', input('{"text":"a"}\n\n{"text"\n'), 'inputs.jsonl:3'),
    bad('a line that is a list', input('["a"]\n'), 'inputs.jsonl:1'),
    bad('a line without text', input('{"text":"a"}\n{"txt":"b"}\n'), 'inputs.jsonl:2', 'text in the field "text"'),
    bad('a text that is a number', input('{"text":5}\n'), 'inputs.jsonl:1', 'got 5'),
    bad('a pair that is a list', input('{"text":"a","pair":["b"]}\n'), 'inputs.jsonl:1', 'text in the field "pair"'),
    bad('a key that stands twice', input('{"text":"a","text":"b"}\n'), 'inputs.jsonl:1', 'twice'),
    bad('bytes that are not UTF-8', input(Buffer.from('{"text":"caf\xe9"}\n', 'latin1')), 'inputs.jsonl:1', 'UTF-8'),
  ]);
});

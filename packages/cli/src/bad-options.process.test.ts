import { describe } from 'vitest';
import { FUSE, MODEL, PREDICT, refuses, TRAIN, type Refusal } from './refusals.spec.js';

const train = (name: string, args: readonly string[], ...says: (string | RegExp)[]): Refusal => ({
  name,
  args: [...TRAIN, ...args],
  error: 'OPTIONS_INVALID',
  says,
});
const usage = (name: string, args: readonly string[], ...says: (string | RegExp)[]): Refusal => ({
  name,
  args,
  error: 'USAGE',
  code: 2,
  says,
});
const fuse = (name: string, args: readonly string[], error: string, ...says: (string | RegExp)[]): Refusal => ({
  name,
  args: [...FUSE, ...args],
  error,
  says,
});

describe('usage', () => {
  refuses([
    usage('an unknown verb', ['trian'], 'Did you mean train?'),
    usage('an unknown option', [...TRAIN, '--epoch', '3'], 'Did you mean --epochs?'),
    usage('an option that is missing', ['train', ...MODEL, '--data', 'rows.tsv'], '--out'),
    usage('a number that is none', [...TRAIN, '--epochs', 'many'], '--epochs', 'many'),
    usage('a choice that is none', [...TRAIN, '--keep', 'worst'], 'best, last'),
    usage(
      'options that exclude each other',
      ['native', 'install', '--wheel', 'a', '--tensorflow', 'b'],
      '--tensorflow',
    ),
    usage('an argument too many', ['evaluate', 'first', 'second', '--data', 'rows.tsv'], 'too many arguments'),
    usage('an option of the data without a value', [...TRAIN, '--data-option', 'header'], 'key=value'),
  ]);
});

describe('options', () => {
  refuses([
    ...['0', 'many'].map((count): Refusal => {
      const args = ['run', 'experiment.json', '--out', 'out', '--workers', count];
      return {
        name: `workers: ${count}`,
        args,
        error: 'OPTIONS_INVALID',
        says: ['--workers', `got "${count}"`, 'auto'],
      };
    }),
    train(
      'an unknown option of a method',
      ['--adapter', 'seq_bn[reduction_facto=4]'],
      'Did you mean "reduction_factor"?',
    ),
    train(
      'an option of the wrong type',
      ['--adapter', 'seq_bn[reduction_factor=abc]'],
      'seq_bn.reduction_factor',
      'abc',
    ),
    train('an option out of range', ['--adapter', 'seq_bn[reduction_factor=-1]'], 'seq_bn.reduction_factor', 'got -1'),
    train('brackets that do not match', ['--adapter', 'seq_bn[reduction_factor=4'], 'name[option=value,…]'),
    train('an option of the data that is unknown', ['--data-option', 'validaton=0.2'], 'Did you mean "validation"?'),
    train('epochs: 0', ['--epochs', '0'], 'settings.epochs', 'got 0'),
    train('epochs: 1.5', ['--epochs', '1.5'], 'settings.epochs', 'got 1.5'),
    train('a learning rate below 0', ['--learning-rate', '-1'], 'settings.learningRate'),
    train('a warm-up above 1', ['--warmup', '2'], 'settings.warmup'),
    train('a seed below 0', ['--seed', '-1'], 'settings.seed'),
    train('more tokens than positions', ['--max-length', '100'], 'settings.maxLength', 'at most 24'),
    train('a head of 3 layers', ['--head-layers', '3'], 'classification.layers'),
    train('a head of 3 layers by name', ['--head', 'classification[layers=3]'], 'classification.layers'),
    train('a head by name with options beside it', ['--head', 'classification', '--pooling', 'mean'], 'in brackets'),
    train('a head of another kind', ['--head', 'regression'], 'a head for text-classification'),
    {
      ...train('an unknown head', ['--head', 'clasification'], 'Did you mean "classification"?'),
      error: 'PLUGIN_MISSING',
    },
    train('a pooler that is not there', ['--pooling', 'pooler'], 'classification.pooling'),
    {
      ...train('an option that is not implemented', ['--adapter', 'seq_bn[phm_layer=true]'], 'phm_layer'),
      error: 'UNSUPPORTED',
    },
    { ...train('an unknown method', ['--adapter', 'seq_bm'], 'Did you mean "seq_bn"?'), error: 'PLUGIN_MISSING' },
    ...['gpu', 'webgpu', 'cuda'].map((name) => ({
      ...train(`backend ${name}`, ['--backend', name], `"${name}"`),
      error: 'BACKEND_UNAVAILABLE',
    })),
    {
      ...train('an unknown strategy', ['--strategy', 'ful'], 'Did you mean "full"?'),
      error: 'PLUGIN_MISSING',
    },
    train('a strategy that wants a fusion', ['--strategy', 'fusion'], 'strategy', '"fuse"'),
    train('an adapter where none trains', ['--strategy', 'head', '--adapter', 'seq_bn'], 'adapter', 'st-a'),
    { name: 'a layer that is none', args: [...PREDICT, '--skip', '2'], error: 'OPTIONS_INVALID', says: ['0 to 1'] },
    { name: 'a batch of 0', args: [...PREDICT, '--batch-size', '0'], error: 'OPTIONS_INVALID', says: ['batchSize'] },
    { name: 'a head that is none', args: [...PREDICT, '--head', 'x'], error: 'OPTIONS_INVALID', says: ['--head'] },
  ]);
});

describe('names and composition', () => {
  refuses([
    ...[
      ['a comma', 'a,b'],
      ['dots', '..'],
      ['a control character', 'a\u0001b'],
      ['nothing', ''],
    ].map(([what, name]) => ({
      ...train(`a name with ${what}`, ['--name', name!], 'a name for a task'),
      error: 'NAME_INVALID',
    })),
    fuse('a local name with a dot', ['--adapters', 'first', 'a.b=second'], 'NAME_INVALID', '"a.b"'),
    fuse('two of one name', ['--adapters', 'first', 'first'], 'NAME_INVALID', '--adapters other=first'),
    fuse(
      'a lead that is none',
      ['--adapters', 'first', 'second', '--lead', 'x'],
      'COMPOSITION_INVALID',
      'first, second',
    ),
    fuse(
      'adapters without a common site',
      ['--adapters', 'second', 'third'],
      'COMPOSITION_INVALID',
      '0/output_adapter',
      '1/output_adapter',
    ),
    fuse('no such folder', ['--adapters', 'first', 'gone'], 'FILE_NOT_FOUND', 'gone: expected a bundle'),
    fuse('a folder that is no bundle', ['--adapters', 'first', 'encoder'], 'BUNDLE_INVALID', 'encoder'),
    fuse('a bundle of two under one name', ['--adapters', 'both=fused'], 'BUNDLE_INVALID', 'first, second'),
    fuse('an unknown fusion', ['--adapters', 'first', 'second', '--fusion', 'atention'], 'PLUGIN_MISSING', 'attention'),
    fuse(
      'an unknown option of the fusion',
      ['--adapters', 'first', 'second', '--fusion', 'attention[dropout=0]'],
      'OPTIONS_INVALID',
      'dropout_prob',
    ),
    {
      name: 'a method that acts nowhere',
      args: [...TRAIN, '--adapter', 'seq_bn[leave_out=[0,1]]'],
      error: 'SITE_UNSUPPORTED',
      says: ['leave_out'],
    },
    {
      name: 'a mask of a name that is none',
      args: [...PREDICT, '--mask', 'third'],
      error: 'COMPOSITION_INVALID',
      says: ['first, second'],
    },
    {
      name: 'a mask that leaves no child',
      args: [...PREDICT, '--mask', 'first,second'],
      error: 'COMPOSITION_INVALID',
      says: ['at least one child'],
    },
  ]);
});

describe('places', () => {
  const taken = { error: 'FILE_EXISTS', says: ['--overwrite'] };
  const below = { error: 'FILE_WRITE_FAILED', says: ['a file where a folder should be'] };
  refuses([
    { name: 'train: a bundle is there', args: [...TRAIN, '--out', 'first'], ...taken },
    { name: 'train: a file is there', args: [...TRAIN, '--out', 'rows.tsv'], ...taken, says: ['no bundle'] },
    { name: 'fuse: a bundle is there', args: [...FUSE, '--adapters', 'first', 'second', '--out', 'fused'], ...taken },
    { name: 'import: a bundle is there', args: ['import', 'first', ...MODEL, '--out', 'second'], ...taken },
    {
      name: 'train: below a file, found before anything is trained',
      args: [...TRAIN, '--out', 'rows.tsv/out'],
      error: below.error,
      says: [...below.says, /^(?![^]*epoch 1)/],
    },
    { name: 'predict: below a file', args: [...PREDICT, '--output', 'rows.tsv/out.jsonl'], ...below },
    {
      name: 'predict: a folder is there',
      args: [...PREDICT, '--output', 'first'],
      error: 'FILE_WRITE_FAILED',
      says: ['first'],
    },
    {
      name: 'evaluate: below a file',
      args: ['evaluate', 'first', ...MODEL, '--data', 'rows.tsv', '--worst', 'rows.tsv/worst.jsonl'],
      ...below,
    },
  ]);
});

import { describe } from 'vitest';
import { PREDICT, refuses, TRAIN, withHeader, type Json, type Place, type Refusal } from './refusals.spec.js';

const WEIGHTS = 'tuned/model.safetensors';
const QUERY = 'encoder.layer.0.attention.self.query.bias';

/** The damage is found alike by who predicts with the bundle and by who trains on its encoder. */
const PREDICT_TUNED = ['predict', '--backend', 'cpu', '--setup', 'tuned', '--input', 'inputs.jsonl'];
const TRAIN_ON_TUNED = [...TRAIN, '--model', 'tuned'];

describe.each([
  ['to predict with', PREDICT_TUNED],
  ['to train on', TRAIN_ON_TUNED],
])('a bundle that carries its encoder, %s', (_, args) => {
  const tuned = (name: string, make: (place: Place) => void, error: string, ...says: (string | RegExp)[]): Refusal => ({
    name,
    args,
    make,
    error,
    says,
  });
  const files = (change: (files: Json) => void) => (place: Place) =>
    place.json('tuned/adapterfusion.json', (value) => change(value['files']!));
  refuses([
    tuned(
      'one byte changed',
      ({ read, write }) => {
        const bytes = read(WEIGHTS);
        bytes[bytes.length - 3]! ^= 1;
        write(WEIGHTS, bytes);
      },
      'HASH_MISMATCH',
      'model.safetensors',
    ),
    tuned('cut off', ({ read, write }) => write(WEIGHTS, read(WEIGHTS).subarray(0, -64)), 'HASH_MISMATCH', 'SHA-256'),
    tuned(
      'cut off, with the hash of that',
      (place) => place.exchange(WEIGHTS, (bytes) => bytes.subarray(0, -64)),
      'FILE_CORRUPT',
      WEIGHTS,
    ),
    tuned(
      'a tensor of another shape, with the hash of that',
      (place) => place.exchange(WEIGHTS, (bytes) => withHeader(bytes, (tensors) => (tensors[QUERY]!.shape = [4, 8]))),
      'TENSORS_INVALID',
      `${QUERY} is [4, 8] instead of [32]`,
    ),
    tuned(
      'weights of another encoder, with the hash of that',
      (place) => place.exchange(WEIGHTS, () => place.read('encoder/model.safetensors')),
      'BACKBONE_MISMATCH',
      'fingerprint',
    ),
    tuned('no tokenizer', ({ remove }) => remove('tuned/vocab.txt'), 'FILE_NOT_FOUND', 'tuned/vocab.txt'),
    tuned('another vocabulary', ({ write }) => write('tuned/vocab.txt', '[PAD]'), 'HASH_MISMATCH', 'vocab.txt'),
    tuned('no configuration', ({ remove }) => remove('tuned/config.json'), 'FILE_NOT_FOUND', 'tuned/config.json'),
    tuned('no weights', ({ remove }) => remove(WEIGHTS), 'FILE_NOT_FOUND', WEIGHTS),
    tuned(
      'a manifest that names no weights',
      files((each) => delete each['model.safetensors']),
      'BUNDLE_INVALID',
    ),
    tuned(
      'a manifest that names no tokenizer',
      files((each) => delete each['vocab.txt']),
      'BUNDLE_INVALID',
    ),
    tuned(
      'a later spec',
      ({ json }) => json('tuned/adapterfusion.json', (value) => Object.assign(value, { spec: 2 })),
      'SPEC_UNSUPPORTED',
    ),
  ]);
});

describe('a bundle and an encoder that do not belong together', () => {
  refuses([
    {
      name: 'a bundle that carries its encoder, on another',
      args: [...PREDICT_TUNED, '--model', 'encoder'],
      error: 'BACKBONE_MISMATCH',
      says: ['Remove --model'],
    },
    {
      name: 'an adapter on an encoder that was tuned since',
      args: [...PREDICT, '--model', 'tuned'],
      error: 'BACKBONE_MISMATCH',
      says: ['fingerprint'],
    },
    {
      name: 'an adapter in the place of an encoder',
      args: [...TRAIN, '--model', 'first'],
      error: 'BUNDLE_INVALID',
      says: ['kind "model"', '("encoder")'],
    },
    {
      name: 'a bundle of no adapter to fuse',
      args: ['fuse', ...TRAIN_ON_TUNED.slice(1), '--adapters', 'tuned'],
      error: 'BUNDLE_INVALID',
      says: ['one adapter'],
    },
  ]);
});

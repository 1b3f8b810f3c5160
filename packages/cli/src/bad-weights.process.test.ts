import { describe } from 'vitest';
import { encoderWith, MODEL, PREDICT, refuses, TRAIN, withHeader, type Place, type Refusal } from './refusals.spec.js';
import { encoderTensors, safetensors } from '../../adapterfusion/src/tiny.spec.js';

const QUERY = 'encoder.layer.0.attention.self.query.bias';
const DOWN = 'adapters/first/0/output_adapter/down.bias';

const encoder = (name: string, weights: () => Uint8Array, error: string, ...says: (string | RegExp)[]): Refusal => ({
  name,
  args: TRAIN,
  make: ({ write }) => write('encoder/model.safetensors', weights()),
  error,
  says: ['encoder', ...says],
});
const bundle = (name: string, make: (place: Place) => void, error: string, ...says: (string | RegExp)[]): Refusal => ({
  name,
  args: PREDICT,
  make,
  error,
  says,
});
const manifest = (name: string, change: Parameters<Place['json']>[1], error: string, ...says: string[]): Refusal =>
  bundle(name, ({ json }) => json('fused/adapterfusion.json', change), error, ...says);
const header = (change: Parameters<typeof withHeader>[1]) => (place: Place) =>
  place.exchange('fused/weights.safetensors', (bytes) => withHeader(bytes, change));

describe('weights of an encoder', () => {
  const whole = () => Buffer.from(safetensors(encoderTensors(1)));
  const edited = (change: Parameters<typeof withHeader>[1]) => () => withHeader(whole(), change);
  refuses([
    encoder('cut off', () => whole().subarray(0, 20_000), 'FILE_CORRUPT'),
    encoder('shorter than its first number', () => whole().subarray(0, 5), 'FILE_CORRUPT'),
    encoder(
      'a header larger than the file',
      () => Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]), whole()]),
      'FILE_CORRUPT',
    ),
    encoder(
      'a header that is no JSON',
      () => Buffer.concat([whole().subarray(0, 8), Buffer.from('x'), whole().subarray(9)]),
      'FILE_CORRUPT',
    ),
    encoder(
      'tensors that overlap',
      edited((tensors) => (tensors[QUERY]!.data_offsets = [0, 128])),
      'FILE_CORRUPT',
    ),
    encoder(
      'a tensor out of range',
      edited((tensors) => (tensors[QUERY]!.data_offsets = [1e9, 1e9 + 128])),
      'FILE_CORRUPT',
    ),
    encoder(
      'an unknown type',
      edited((tensors) => (tensors[QUERY]!.dtype = 'F12')),
      'TENSORS_INVALID',
      'F12',
    ),
    encoder(
      'a tensor that is missing',
      () => encoderWith((all) => all.filter(({ name }) => name !== QUERY)),
      'TENSORS_INVALID',
      `${QUERY} is missing`,
    ),
    encoder(
      'a tensor of another shape',
      () => encoderWith((all) => all.map((each) => (each.name === QUERY ? { ...each, shape: [4, 8] } : each))),
      'TENSORS_INVALID',
      `${QUERY} is [4, 8] instead of [32]`,
    ),
    {
      name: 'a pickle only',
      args: [...TRAIN, '--model', 'hub'],
      make: ({ write, read }) => {
        for (const name of ['config.json', 'vocab.txt']) write(`hub/${name}`, read(`encoder/${name}`));
        write('hub/pytorch_model.bin', 'PK');
      },
      error: 'UNSUPPORTED',
      says: ['pytorch_model.bin'],
    },
    {
      name: 'a configuration that is no JSON',
      args: TRAIN,
      make: ({ write }) => write('encoder/config.json', '{"model_type":'),
      error: 'FILE_CORRUPT',
      says: ['encoder/config.json'],
    },
    {
      name: 'another architecture',
      args: TRAIN,
      make: ({ json }) => json('encoder/config.json', (config) => Object.assign(config, { model_type: 'bart' })),
      error: 'PLUGIN_MISSING',
      says: ['"bart"'],
    },
    {
      name: 'no such folder',
      args: [...TRAIN, '--model', './gone'],
      error: 'FILE_NOT_FOUND',
      says: ['gone: expected an encoder', 'no such folder, and no installed package of this name'],
    },
    {
      name: 'a folder with something else',
      args: [...TRAIN, '--model', 'first'],
      error: 'BUNDLE_INVALID',
      says: ['first: expected an encoder'],
    },
    {
      name: 'a folder without configuration',
      args: TRAIN,
      make: ({ remove }) => remove('encoder/config.json'),
      error: 'FILE_NOT_FOUND',
      says: ['encoder: expected an encoder', 'got no config.json there'],
    },
  ]);
});

describe('bundles', () => {
  refuses([
    { ...bundle('no such folder', () => undefined, 'FILE_NOT_FOUND', 'gone'), args: [...PREDICT, '--setup', 'gone'] },
    {
      ...bundle('a folder that is no bundle', () => undefined, 'BUNDLE_INVALID', 'other-encoder'),
      args: [...PREDICT, '--setup', 'other-encoder'],
    },
    bundle(
      'a manifest that is no JSON',
      ({ write }) => write('fused/adapterfusion.json', '{'),
      'BUNDLE_INVALID',
      'fused',
    ),
    manifest('a later spec', (value) => Object.assign(value, { spec: 2 }), 'SPEC_UNSUPPORTED', 'got 2'),
    manifest(
      'a plugin that is not there',
      ({ adapters }) => Object.assign(adapters!['first']!, { plugin: '@somebody/adapter-new#new' }),
      'PLUGIN_MISSING',
      '@somebody/adapter-new',
    ),
    manifest(
      'a plugin of another version',
      ({ adapters }) => Object.assign(adapters!['first']!, { version: '^9.0.0' }),
      'PLUGIN_VERSION',
      '9.0.0',
    ),
    manifest(
      'an option that the plugin does not know',
      ({ adapters }) => Object.assign(adapters!['first']!['options']!, { reduction_facto: 4 }),
      'OPTIONS_INVALID',
      'Did you mean "reduction_factor"?',
    ),
    manifest('a key that is unknown', (value) => Object.assign(value, { author: 'x' }), 'BUNDLE_INVALID', 'author'),
    manifest(
      'a file outside of the bundle',
      ({ files }) => Object.assign(files!, { '../rows.tsv': { sha256: '0'.repeat(64), bytes: 1 } }),
      'BUNDLE_INVALID',
      '../rows.tsv',
    ),
    manifest(
      'an adapter whose name leaves the folder',
      ({ adapters }) => Object.assign(adapters!, { '../x': adapters!['first'] }),
      'NAME_INVALID',
      '../x',
    ),
    {
      ...bundle('another encoder', () => undefined, 'BACKBONE_MISMATCH', 'fingerprint'),
      args: [...PREDICT, '--model', 'other-encoder'],
    },
    bundle(
      'one byte changed',
      ({ read, write }) => {
        const bytes = read('fused/weights.safetensors');
        bytes[bytes.length - 3]! ^= 1;
        write('fused/weights.safetensors', bytes);
      },
      'HASH_MISMATCH',
      'SHA-256',
    ),
    bundle(
      'weights that are cut off',
      ({ exchange }) => exchange('fused/weights.safetensors', (bytes) => bytes.subarray(0, -64)),
      'FILE_CORRUPT',
    ),
    bundle(
      'tensors that overlap',
      header((tensors) => (tensors[DOWN]!.data_offsets = [4, 12])),
      'FILE_CORRUPT',
    ),
    bundle(
      'an unknown type',
      header((tensors) => (tensors[DOWN]!.dtype = 'F12')),
      'TENSORS_INVALID',
      'F12',
    ),
    bundle(
      'a tensor under another name',
      header((tensors) => {
        tensors[`${DOWN}es`] = tensors[DOWN]!;
        delete tensors[DOWN];
      }),
      'TENSORS_INVALID',
      'down.bias is missing',
      'down.biases is unexpected',
    ),
    bundle(
      'a tensor of another shape',
      header((tensors) => (tensors[DOWN]!.shape = [1, 2])),
      'TENSORS_INVALID',
      '[1, 2] instead of [2]',
    ),
  ]);
});

describe('folders of the Python library', () => {
  const config = (model: string) => ({
    hidden_size: 32,
    model_class: 'BertAdapterModel',
    model_name: model,
    model_type: 'bert',
    name: 'a',
    version: 'adapters.1.2.0',
    config: {
      leave_out: [1],
      ln_after: false,
      ln_before: false,
      mh_adapter: false,
      non_linearity: 'relu',
      original_ln_before: true,
      output_adapter: true,
      reduction_factor: 16,
      scaling: 1,
      use_gating: false,
    },
  });
  const at = 'bert.encoder.layer.0.output.adapters.a';
  const zeros = (name: string, shape: number[]) => ({
    name: `${at}.${name}`,
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b)),
  });
  const tensors = [
    zeros('adapter_down.0.weight', [2, 32]),
    zeros('adapter_down.0.bias', [2]),
    zeros('adapter_up.weight', [32, 2]),
    zeros('adapter_up.bias', [32]),
  ];
  const folder = (name: string, make: (place: Place) => void, error: string, ...says: string[]): Refusal => ({
    name,
    args: ['import', 'hub', ...MODEL, '--out', 'out'],
    make: (place) => {
      place.write('hub/adapter_config.json', JSON.stringify(config('encoder')));
      make(place);
    },
    error,
    says,
  });
  refuses([
    folder(
      'a pickle that calls a command',
      ({ write }) => write('hub/pytorch_adapter.bin', 'cos\nsystem\n(X\x0b\0\0\0touch pwnedtR.'),
      'PICKLE_REFUSED',
      'pytorch_adapter.bin',
      'one that asks for os.system; nothing was executed',
    ),
    folder(
      'a configuration that is no JSON',
      ({ write }) => write('hub/adapter_config.json', '{'),
      'BUNDLE_INVALID',
      'adapter_config.json',
    ),
    folder(
      'weights that are cut off',
      ({ write }) => write('hub/adapter.safetensors', safetensors(tensors).subarray(0, -9)),
      'FILE_CORRUPT',
    ),
    folder(
      'a tensor that is missing',
      ({ write }) => write('hub/adapter.safetensors', safetensors(tensors.slice(1))),
      'TENSORS_INVALID',
      'down.weight',
    ),
    folder(
      'another encoder named',
      ({ write }) => {
        write('hub/adapter_config.json', JSON.stringify(config('bert-base-uncased')));
        write('hub/adapter.safetensors', safetensors(tensors));
      },
      'BACKBONE_UNVERIFIED',
      '--backbone-unverified',
    ),
    {
      ...folder('no such folder', () => undefined, 'FILE_NOT_FOUND', 'none: expected a bundle, or a folder'),
      args: ['import', 'none', ...MODEL, '--out', 'out'],
    },
    {
      ...folder('an empty folder', () => undefined, 'BUNDLE_INVALID', 'none'),
      args: ['import', 'none', ...MODEL, '--out', 'out'],
      make: ({ write }) => write('none/x', ''),
    },
  ]);
});

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { adapterfusionShared, treeOf } from './process.spec.js';
import { encoderTensors, rows, safetensors, writeEncoder, type Tiny } from '../../adapterfusion/src/tiny.spec.js';

/** What a case can change in its folder before the command runs. */
export interface Place {
  write(name: string, content: string | Uint8Array): void;
  read(name: string): Buffer;
  /** Changes a JSON file. */
  json(name: string, change: (value: Json) => void): void;
  remove(name: string): void;
  /** Changes a file of a bundle, and gives the manifest its hash. */
  exchange(name: string, change: (bytes: Buffer) => Uint8Array): void;
}

// The JSON of manifests, whose shape the cases break on purpose.
export type Json = { [key: string]: Json } & { [key: string]: unknown };

export interface Refusal {
  readonly name: string;
  readonly args: readonly string[];
  readonly make?: (place: Place) => void;
  readonly error: string;
  readonly says: readonly (string | RegExp)[];
  /** 1 unless the usage is wrong. */
  readonly code?: 2;
}

export const MODEL = ['--model', 'encoder', '--backend', 'cpu'];
/** A training run on a file of rows. */
export const trainOn = (data: string) => ['train', ...MODEL, '--data', data, '--out', 'out', '--epochs', '1'];
/** A training run that works as it stands. */
export const TRAIN = trainOn('rows.tsv');
export const FUSE = ['fuse', ...TRAIN.slice(1)];
/** A prediction that works as it stands. */
export const PREDICT = ['predict', ...MODEL, '--setup', 'fused', '--input', 'inputs.jsonl', '--output', 'out.jsonl'];

// Made once for all test files of a process.
const root = mkdtempSync(join(tmpdir(), 'adapterfusion-refusals-'));
process.once('SIGTERM', () => process.exit());
process.once('exit', () => rmSync(root, { recursive: true, force: true }));
let prepared: Promise<void> | undefined;

/**
 * Each case in a copy of one folder: `encoder`, `other-encoder`, `rows.tsv`, `inputs.jsonl`, the adapters `first`,
 * `second` (in layer 0 only) and `third` (in layer 1 only), `fused` with the first two, and `tuned`, which carries its encoder. The command must fail with the code, print no stack, and leave every file as it is.
 */
export function refuses(cases: readonly Refusal[]): void {
  const base = join(root, 'base');
  beforeAll(() => (prepared ??= prepare(base)));
  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    const folder = mkdtempSync(join(root, 'case-'));
    cpSync(base, folder, { recursive: true });
    each.make?.(placeIn(folder));
    const before = treeOf(folder);
    const { code, stdout, stderr } = await adapterfusionShared(each.args, folder);
    expect(stderr).toMatch(new RegExp(`^error ${each.error}: `, 'm'));
    for (const words of each.says) expect(stderr).toMatch(words);
    expect(stderr).toContain(`see docs/errors.md#${each.error.toLowerCase()}`);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ code, stdout }).toEqual({ code: each.code ?? 1, stdout: '' });
    expect(treeOf(folder)).toEqual(before);
  });
}

/** Makes the folder that the cases start from. */
export async function prepare(folder: string): Promise<void> {
  writeEncoder(join(folder, 'encoder'), 1);
  writeEncoder(join(folder, 'other-encoder'), 2);
  writeFileSync(join(folder, 'rows.tsv'), rows(20, 3));
  writeFileSync(join(folder, 'inputs.jsonl'), '{"text":"apple pear"}\n{"text":"a saw","pair":"we see"}\n');
  const works = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await adapterfusionShared(args, folder);
    if (code !== 0) throw new Error(stderr);
  };
  await works(...TRAIN, '--name', 'first', '--out', 'first');
  await works(...TRAIN, '--name', 'second', '--out', 'second', '--adapter', 'seq_bn[leave_out=[1]]');
  await works(...TRAIN, '--name', 'third', '--out', 'third', '--adapter', 'seq_bn[leave_out=[0]]');
  await works(...FUSE, '--adapters', 'first', 'second', '--no-compare', '--out', 'fused');
  await works(...TRAIN, '--strategy', 'full', '--name', 'tuned', '--out', 'tuned');
}

function placeIn(folder: string): Place {
  const at = (name: string): string => join(folder, name);
  const write = (name: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
  };
  const read = (name: string): Buffer => readFileSync(at(name));
  const json = (name: string, change: (value: Json) => void): void => {
    const value = JSON.parse(read(name).toString()) as Json;
    change(value);
    write(name, JSON.stringify(value));
  };
  return {
    write,
    read,
    json,
    remove: (name) => rmSync(at(name)),
    exchange(name, change) {
      const bytes = change(read(name));
      write(name, bytes);
      json(`${dirname(name)}/adapterfusion.json`, ({ files }) => {
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        Object.assign(files!, { [basename(name)]: { sha256, bytes: bytes.length } });
      });
    },
  };
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>;

/** A safetensors file with another header. */
export function withHeader(bytes: Buffer, change: (header: Header) => void): Uint8Array {
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Header;
  change(header);
  const words = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(words.length));
  return Buffer.concat([size, words, bytes.subarray(8 + length)]);
}

/** The encoder's weights with other tensors. */
export const encoderWith = (change: (tensors: Tiny[]) => Tiny[]): Uint8Array => safetensors(change(encoderTensors(1)));

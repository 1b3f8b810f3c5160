import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFiles } from '@adapterfusion/files-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { corpusText, writeMini, writeTeacher } from './mini.spec.js';
import { prepare } from './prepare.js';
import type { Recipe } from './recipe.js';

let folder: string;
let recipe: Recipe;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'make-pocket-bad-'));
  recipe = writeMini(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const prepared = (changes: Partial<Recipe> = {}) =>
  prepare({
    recipe: { ...recipe, ...changes },
    files: nodeFiles(),
    signal: new AbortController().signal,
    report: () => undefined,
  });
const refused = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

it('takes good input', async () => {
  const { pieces, rows, tokenizer } = await prepared();
  expect(pieces.length).toBe(66);
  expect(tokenizer.vocabSize).toBe(66);
  expect(rows.firsts.length).toBeGreaterThan(2048);
});

it.each(['', '\n\n \n'])('refuses an empty corpus (%j)', async (text) => {
  writeFileSync(recipe.corpus, text);
  await expect(prepared()).rejects.toEqual(refused('DATA_INVALID', /corpus\.txt: expected a corpus.*an empty file/));
});

it('refuses a corpus that is not UTF-8, with the line', async () => {
  writeFileSync(recipe.corpus, Buffer.concat([Buffer.from('One line.\nTwo '), Buffer.of(0xff), Buffer.from('.\n')]));
  await expect(prepared()).rejects.toEqual(refused('DATA_INVALID', /corpus\.txt:2: expected text in UTF-8/));
});

it('refuses a corpus that is smaller than the vocabulary asked for', async () => {
  writeFileSync(recipe.corpus, corpusText(3));
  await expect(prepared()).rejects.toEqual(
    refused('DATA_INVALID', /in which 66 pieces occur.*got \d+\..*--vocabulary/),
  );
});

it('refuses a packed file that is none, and a damaged one', async () => {
  const corpus = join(folder, 'corpus.zst');
  writeFileSync(corpus, corpusText(3));
  await expect(prepared({ corpus })).rejects.toEqual(refused('FILE_CORRUPT', /packed with Zstandard/));
  // Two lines in a frame whose checksum is wrong by one.
  writeFileSync(corpus, Buffer.from('28b52ffd2416b1000041206c696e652e0a416e6f74686572206c696e652e0a2bc8f849', 'hex'));
  await expect(prepared({ corpus })).rejects.toEqual(refused('FILE_CORRUPT', /damaged/));
});

it('names a corpus and a teacher that are not there', async () => {
  const corpus = join(folder, 'none.txt');
  await expect(prepared({ corpus })).rejects.toEqual(refused('FILE_NOT_FOUND', /none\.txt/));
  const teacher = join(folder, 'nobody');
  await expect(prepared({ teacher })).rejects.toEqual(refused('FILE_NOT_FOUND', /nobody/));
});

it('refuses a teacher whose vocabulary is not WordPiece', async () => {
  writeFileSync(join(recipe.teacher, 'tokenizer.json'), '{"model":{"type":"BPE","vocab":{}}}');
  await expect(prepared()).rejects.toEqual(refused('UNSUPPORTED', /WordPiece vocabulary; got "BPE"/));
});

it.each([
  ['model_type', 'roberta', /config\.json: expected model_type "bert"; got "roberta"/],
  ['max_position_embeddings', 128, /max_position_embeddings of at least 256; got 128/],
  ['type_vocab_size', 1, /type_vocab_size of at least 2; got 1/],
  ['vocab_size', 70, /vocab_size of at least 71; got 70/],
])('refuses a teacher with %s %j', async (key, value, message) => {
  writeTeacher(recipe.teacher, { [key]: value });
  await expect(prepared()).rejects.toEqual(refused('UNSUPPORTED', message));
});

it('refuses a teacher that tells capitals from small letters', async () => {
  const at = join(recipe.teacher, 'tokenizer.json');
  writeFileSync(at, readFileSync(at, 'utf8').replace('"lowercase":true', '"lowercase":false'));
  await expect(prepared()).rejects.toEqual(refused('UNSUPPORTED', /a normalizer with lowercase true; got .*false/));
});

it.each([
  [{ seed: 1.5 }, /seed/],
  [{ vocabulary: 0 }, /vocabulary/],
  [{ vocabulary: 45 }, /vocabulary: expected at least 46.*got 45/],
  [{ tokens: 0 }, /tokens/],
  [{ maxLength: 257 }, /maxLength.*256/],
  [{ heldOut: 0 }, /heldOut/],
  [{ layers: 0 }, /layers/],
  [{ hidden: 26 }, /hidden: expected at most 24.*got 26/],
  [{ heads: 3 }, /heads: expected a divisor of 8.*got 3/],
  [{ epochs: 0 }, /epochs/],
  [{ batchSize: 0 }, /batchSize/],
])('refuses %j before anything is made', async (changes: Partial<Recipe>, message) => {
  await expect(prepared(changes)).rejects.toEqual(refused('OPTIONS_INVALID', message));
  expect(existsSync(recipe.state)).toBe(false);
});

it('refuses to hold out every row', async () => {
  await expect(prepared({ heldOut: 9000 })).rejects.toEqual(
    refused('DATA_INVALID', /more rows than the 9000 that are held out; got \d+\..*--held-out/),
  );
});

it('stops where it is asked to, with nothing half-made', async () => {
  const files = nodeFiles();
  const stopped = prepare({ recipe, files, signal: AbortSignal.abort(), report: () => undefined });
  await expect(stopped).rejects.toEqual(refused('ABORTED', /the signal to stop/));
  expect(existsSync(recipe.state)).toBe(false);
});

it('refuses rows that were drawn from another corpus', async () => {
  await prepared();
  writeFileSync(recipe.corpus, corpusText(3001));
  await expect(prepared()).rejects.toEqual(refused('RESUME_REFUSED', /vocabulary\.safetensors.*corpus = .*--state/));
});

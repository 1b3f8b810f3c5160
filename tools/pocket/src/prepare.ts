import { parseSafetensors, sha256, toInt32, type Safetensors } from '@adapterfusion/checkpoint';
import { createTokenizer, type Tokenizer } from '@adapterfusion/text';
import { checkRecipe, checkWidth } from './check-recipe.js';
import { corpusHash, readCorpus, type Corpus } from '@adapterfusion/corpus';
import { countPieces, cutVocabulary } from './cut-vocabulary.js';
import { POSITIONS, type Workshop } from './recipe.js';
import { checkHeldOut, drawRows, type Rows } from './rows.js';
import { stopWhereAsked } from './stop.js';
import { readResult, writeResult, type Origin } from './stored.js';
import { readTeacherFiles, type TeacherFiles } from './teacher-files.js';
import { tokenizerFiles } from './tokenizer-files.js';

/** Everything that is made before a tensor is: the vocabulary and the rows. */
export interface Prepared {
  readonly teacher: TeacherFiles;
  /** The teacher's ids in the order of the student's. */
  readonly pieces: Int32Array;
  readonly tokenizer: Tokenizer;
  /** Files of the student's tokenizer, by name. */
  readonly tokenizerFiles: ReadonlyMap<string, Uint8Array>;
  readonly rows: Rows;
  /** What rows and vocabulary were made of. */
  readonly origin: Origin;
  /** SHA-256 over rows and vocabulary. */
  readonly hash: string;
}

/**
 * Makes vocabulary and rows, or takes up those that were made before.
 * @throws OPTIONS_INVALID for the recipe; FILE_NOT_FOUND, FILE_CORRUPT; UNSUPPORTED for the teacher; DATA_INVALID for the
 * corpus; RESUME_REFUSED; ABORTED
 */
export async function prepare(workshop: Workshop): Promise<Prepared> {
  const { recipe, files, report } = workshop;
  checkRecipe(recipe);
  const teacher = await readTeacherFiles(files, recipe.teacher);
  checkWidth(recipe, teacher, files.join(recipe.teacher, 'config.json'));
  const corpus = await corpusHash(files, recipe.corpus);
  const source: Origin = { corpus, 'teacher tokenizer': teacher.hash, vocabulary: recipe.vocabulary };
  const { seed, tokens, maxLength } = recipe;
  const origin: Origin = { ...source, seed, tokens, maxLength };
  let read: Corpus | undefined;
  const open = async (): Promise<Corpus> => {
    if (read) return read;
    report(`reading ${recipe.corpus}`);
    return (read = await readCorpus(files, recipe.corpus));
  };
  const pieces = tensorOf(
    await made(workshop, 'vocabulary.safetensors', source, async () => {
      const ids = Int32Array.from(
        cutVocabulary(teacher, countPieces(await open(), teacher), recipe.vocabulary, recipe.corpus),
      );
      report(`vocabulary: ${ids.length} of the teacher's ${teacher.pieces.length} pieces`);
      return [{ name: 'pieces', shape: [ids.length], data: ids }];
    }),
    'pieces',
  );
  const written = tokenizerFiles(teacher, [...pieces], POSITIONS);
  const parsed: unknown = JSON.parse(new TextDecoder().decode(written.get('tokenizer.json')));
  const tokenizer = createTokenizer(parsed, undefined, 'tokenizer.json');
  const file = await made(workshop, 'rows.safetensors', origin, async () => {
    const rows = drawRows(await open(), tokenizer, recipe, (done) => report(`rows: ${done} of ${tokens} tokens`));
    report(`rows: ${rows.firsts.length} rows of ${rows.ids.length} tokens`);
    return (['ids', 'starts', 'firsts'] as const).map((name) => ({
      name,
      shape: [rows[name].length],
      data: rows[name],
    }));
  });
  const rows = { ids: tensorOf(file, 'ids'), starts: tensorOf(file, 'starts'), firsts: tensorOf(file, 'firsts') };
  checkHeldOut(rows.firsts.length, recipe);
  const hash = await sha256(new TextEncoder().encode(JSON.stringify(origin) + (file.metadata['checksum'] ?? '')));
  return { teacher, pieces, tokenizer, tokenizerFiles: written, rows, origin, hash };
}

/** A stage's result: read, or made, written and read. */
export async function made(
  workshop: Workshop,
  name: string,
  origin: Origin,
  make: () => Promise<Parameters<typeof writeResult>[3]>,
): Promise<Safetensors> {
  const there = await readResult(workshop, name, origin);
  if (there) return there;
  stopWhereAsked(workshop.signal);
  await writeResult(workshop, name, origin, await make());
  const at = workshop.files.join(workshop.recipe.state, name);
  return parseSafetensors(await workshop.files.read(at), at);
}

function tensorOf(file: Safetensors, name: string): Int32Array {
  return toInt32(file.tensors.get(name)!);
}

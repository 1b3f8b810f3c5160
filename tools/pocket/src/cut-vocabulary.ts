import { AdapterFusionError } from '@adapterfusion/contracts';
import { createTokenizer } from '@adapterfusion/text';
import type { Corpus } from '@adapterfusion/corpus';
import type { TeacherFiles } from './teacher-files.js';

/** What no BERT vocabulary lacks, in the order of the student's ids. */
export const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** A piece that occurs less often is not kept. */
const LEAST = 10;

/** Words as BERT separates them, near enough to count: runs of letters and digits, other characters alone. */
const WORD = /[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu;

/** How often each of the teacher's pieces occurs in a corpus, by the teacher's id. Each different word is cut up once. */
export function countPieces({ paragraphs }: Corpus, teacher: TeacherFiles): Float64Array {
  const words = new Map<string, number>();
  for (const paragraph of paragraphs)
    for (const [word] of paragraph.toLowerCase().matchAll(WORD)) words.set(word, (words.get(word) ?? 0) + 1);
  const tokenizer = createTokenizer(teacher.tokenizer, teacher.tokenizerConfig, 'tokenizer.json');
  const counts = new Float64Array(teacher.pieces.length);
  for (const [word, count] of words) {
    const { ids } = tokenizer.encode(word, undefined, { maxLength: 128 });
    for (const id of ids.slice(1, -1)) counts[id]! += count;
  }
  return counts;
}

/**
 * Cuts a vocabulary out of the teacher's: the special pieces, every ASCII character alone and as a continuation (so that
 * any ASCII word can be written), then the pieces of the corpus in the order of the teacher's ids. Those are ordered by
 * frequency over books and encyclopedia, a hundred times this corpus; going by them instead of the corpus' own counts
 * keeps everyday words (`delicious`, `boring`) before names.
 * @returns the teacher's ids; a piece's place among them is its id for the student
 * @throws OPTIONS_INVALID for a size below what is always kept; DATA_INVALID when fewer pieces than asked for occur often enough
 */
export function cutVocabulary(teacher: TeacherFiles, counts: Float64Array, size: number, at: string): number[] {
  const idOf = new Map(teacher.pieces.map((piece, id) => [piece, id]));
  const special = SPECIAL.map((piece) => {
    const id = idOf.get(piece);
    if (id !== undefined) return id;
    throw new AdapterFusionError('UNSUPPORTED', {
      at: 'tokenizer.json of the teacher',
      expected: `the piece ${piece}`,
      got: 'a vocabulary without it',
      fix: 'Take a teacher with BERT’s special tokens.',
    });
  });
  const kept = new Set(special);
  const isAscii = (piece: string) => /^(##)?[!-~]$/.test(piece);
  for (const [id, piece] of teacher.pieces.entries()) if (piece !== undefined && isAscii(piece)) kept.add(id);
  if (kept.size > size)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'recipe.vocabulary',
      expected: `at least ${kept.size}: the special pieces and every ASCII character that the teacher has`,
      got: String(size),
      fix: 'Give a larger --vocabulary.',
    });
  const frequent = teacher.pieces.flatMap((piece, id) => {
    const single = [...piece.replace(/^##/, '')].length === 1;
    return counts[id]! >= (single ? LEAST * LEAST : LEAST) ? [id] : [];
  });
  for (const id of frequent) if (kept.size < size) kept.add(id);
  if (kept.size < size)
    throw new AdapterFusionError('DATA_INVALID', {
      at,
      expected: `a corpus in which ${size} pieces occur at least ${LEAST} times`,
      got: `${kept.size}`,
      fix: 'Take a larger corpus or ask for a smaller vocabulary (--vocabulary).',
    });
  const rest = [...kept].filter((id) => !special.includes(id)).sort((a, b) => a - b);
  return [...special, ...rest];
}

import { AdapterFusionError, option, parseOptions, type LoopSettings } from '@adapterfusion/contracts';
import { resolveSettings } from '@adapterfusion/training';
import { POSITIONS, type Recipe } from './recipe.js';
import type { TeacherFiles } from './teacher-files.js';

const count = option.number(1, { min: 1, integer: true });
const COUNTS = {
  ...{ vocabulary: count, tokens: count, heldOut: count, layers: count, hidden: count, heads: count, inner: count },
  // A word and a pair's three special pieces.
  maxLength: option.number(64, { min: 5, max: POSITIONS, integer: true }),
};

/**
 * Refuses a recipe that cannot be followed, before anything is read or made.
 * @throws OPTIONS_INVALID with the option
 */
export function checkRecipe(recipe: Recipe): void {
  const { vocabulary, tokens, heldOut, layers, hidden, heads, inner, maxLength } = recipe;
  parseOptions(COUNTS, { vocabulary, tokens, heldOut, layers, hidden, heads, inner, maxLength }, 'recipe');
  settingsOf(recipe);
  if (hidden % heads !== 0) throw invalid('heads', `a divisor of ${hidden}, the width`, heads, 'Give another --heads.');
}

/** The settings of the student's training. @throws OPTIONS_INVALID */
export function settingsOf({
  epochs,
  batchSize,
  learningRate,
  checkpointEvery,
  seed,
  maxLength,
}: Recipe): LoopSettings {
  return resolveSettings(
    { epochs, batchSize, learningRate, checkpointEvery, seed, maxLength, warmup: 0.05, batching: 'length' },
    {},
    'recipe',
  );
}

/** @throws OPTIONS_INVALID for a student that is wider than its teacher, of which it takes over directions */
export function checkWidth({ hidden }: Recipe, { width }: TeacherFiles, at: string): void {
  if (hidden <= width) return;
  const expected = `at most ${width}, the teacher's hidden_size in ${at}`;
  throw invalid('hidden', expected, hidden, 'Give a smaller --hidden or a wider teacher.');
}

function invalid(option: keyof Recipe, expected: string, got: number, fix: string): AdapterFusionError {
  return new AdapterFusionError('OPTIONS_INVALID', { at: `recipe.${option}`, expected, got: String(got), fix });
}

import { parseJsonObject } from '@adapterfusion/checkpoint';
import type { Workshop } from './recipe.js';

/** What a run has cost so far: for the card, not for the result. */
export interface Progress {
  readonly step: number;
  /** Time within steps, interruptions left out. */
  readonly seconds: number;
  /** Tokens seen, each as often as it was. */
  readonly tokens: number;
}

const placeOf = ({ files, recipe }: Workshop): string => files.join(recipe.state, 'progress.json');

export async function writeProgress(workshop: Workshop, progress: Progress): Promise<void> {
  await workshop.files.write(placeOf(workshop), new TextEncoder().encode(JSON.stringify(progress)));
}

/** What was written with the newest checkpoint; where an older one is taken up, its later steps count twice. */
export async function readProgress(workshop: Workshop, step: number): Promise<Progress> {
  const at = placeOf(workshop);
  if (step === 0 || !(await workshop.files.kind(at))) return { step, seconds: 0, tokens: 0 };
  const bytes = await workshop.files.read(at);
  return parseJsonObject(bytes, 'FILE_CORRUPT', at, 'a JSON object', 'Remove it.') as unknown as Progress;
}

import { AdapterFusionError, type Head } from '@adapterfusion/contracts';
import type { HeadTask } from '@adapterfusion/model';

/** A text, a pair of texts, or a text with the choices that it leaves. */
export type Input =
  | string
  | { readonly text: string; readonly pair?: string }
  | { readonly text: string; readonly choices: readonly string[] };

/** What was predicted for one input. */
export interface Prediction {
  /** The label; in multiple choice the text of the choice; in regression the number as text. */
  readonly label: string;
  /** Probability of each label; in multiple choice of each choice by its index; none in regression. */
  readonly scores: { readonly [label: string]: number };
  /** Multiple choice: the index of the choice. */
  readonly choice?: number;
  /** Regression: the number, in the unit of the training rows. */
  readonly value?: number;
  readonly logits?: readonly number[];
  /** Of a parallel set-up: what each branch predicts with its own head. The fields beside are those of the first. */
  readonly branches?: { readonly [name: string]: Prediction };
  /**
   * By site (`3/output_adapter`): a weight for each child in the composition's order, averaged over the tokens, in multiple
   * choice over those of all choices.
   */
  readonly attention?: { readonly [site: string]: readonly number[] };
}

/** An input as an object. @throws OPTIONS_INVALID for choices that the task does not have, or lacks */
export function checkInput(
  input: Input,
  task: HeadTask,
  index: number,
): { readonly text: string; readonly pair?: string; readonly choices?: readonly string[] } {
  const given = typeof input === 'string' ? { text: input } : input;
  const choices = 'choices' in given ? given.choices : undefined;
  const wanted = task === 'multiple-choice';
  if (wanted ? choices !== undefined && choices.length > 1 : choices === undefined) return given;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: `inputs[${index}]`,
    expected: wanted ? 'an object with text and at least two choices' : 'no choices',
    got: choices === undefined ? 'no choices' : `${choices.length} choices`,
    fix: wanted ? 'Give { text, choices: [first, second, …] }.' : `This bundle is for ${task}.`,
  });
}

/** What the logits of an input mean. */
export function predictionOf(
  { instance, task, labels }: { readonly instance: Head; readonly task: HeadTask; readonly labels: readonly string[] },
  input: Input,
  logits: readonly number[],
): Pick<Prediction, 'label' | 'scores' | 'choice' | 'value'> {
  const scores = instance.scores(logits);
  if (task === 'regression') return { label: String(scores[0]), scores: {}, value: scores[0]! };
  const best = logits.indexOf(Math.max(...logits));
  if (task === 'classification')
    return { label: labels[best]!, scores: Object.fromEntries(labels.map((label, at) => [label, scores[at]!])) };
  const choices = typeof input === 'object' && 'choices' in input ? input.choices : [];
  return { label: choices[best]!, scores: Object.fromEntries(scores.entries()), choice: best };
}

import {
  AdapterFusionError,
  type AnyTaskKind,
  type Head,
  type HeadFit,
  type HeadFitOptions,
} from '@adapterfusion/contracts';
import type { LoopSettings } from '@adapterfusion/contracts';
import type { Model } from '@adapterfusion/model';
import { dispose, read, scope, tensor } from '@adapterfusion/tensor';
import { balancedWeights, examplePredictions, type TrainingRow } from '@adapterfusion/training';

/** Rows with the features of their inputs. */
export interface FeatureRows {
  readonly rows: readonly TrainingRow[];
  /** Of the rows' inputs, one after another, as the head's `pool` gives them: `[inputs, hidden]` row-major. */
  readonly features: Float32Array;
}

/** How heads are fitted to rows of a task, by its settings. */
export function fitOptionsOf(
  { seed, classWeights }: Pick<LoopSettings, 'seed' | 'classWeights'>,
  kind: Pick<AnyTaskKind, 'classes' | 'labels'>,
  rows: readonly TrainingRow[],
): Pick<HeadFitOptions, 'seed' | 'weights'> {
  // Of a kind without classes the training loop refuses class weights.
  if (classWeights !== 'balanced' || !kind.classes) return { seed };
  const classes = rows.flatMap(({ target }) => kind.classes!(target));
  return { seed, weights: { class: balancedWeights(classes, kind.labels.length) } };
}

/**
 * Fits a head in closed form.
 * @param width of the features
 * @throws UNSUPPORTED for a head without a closed form
 */
export async function fitHead(
  head: Head,
  kind: Pick<AnyTaskKind, 'collate'>,
  { rows, features }: FeatureRows,
  width: number,
  options: HeadFitOptions,
): Promise<HeadFit> {
  if (!head.fit)
    throw new AdapterFusionError('UNSUPPORTED', {
      at: 'head',
      expected: 'one that can be fitted in closed form',
      got: 'one that is trained in steps',
      fix: 'Use a head of one layer with a bias.',
    });
  const groups = rows.map(({ group }) => group.length);
  const targets = kind.collate(
    rows.map(({ target }) => target),
    { groups, time: 1 },
  );
  return head.fit({ data: features, shape: [features.length / width, width] }, targets, options);
}

/** Gives a head of a model the parameters of a fit. */
export function setHead(model: Model, name: string, { params }: HeadFit): void {
  for (const [parameter, { data, shape }] of Object.entries(params))
    model.parameters.set(`heads/${name}/${parameter}`, { data: data as Float32Array, shape: [...shape] });
}

/** What a fitted head answers, one an example, as metrics read it. */
export async function fittedAnswers(
  head: Head,
  { params }: HeadFit,
  kind: Pick<AnyTaskKind, 'decode' | 'prediction'>,
  { rows, features }: FeatureRows,
  width: number,
): Promise<unknown[]> {
  const values = Object.entries(params).map(
    ([name, { data, shape }]) => [name, tensor(data as Float32Array, [...shape])] as const,
  );
  const input = tensor(features, [features.length / width, width]);
  const outputs = scope(() => head.forward(Object.fromEntries(values), input));
  const all = await read(outputs);
  dispose([...values.map(([, value]) => value), input, outputs]);
  const size = head.outputs;
  let from = 0;
  const answers = rows.map(({ group: { length } }) => {
    const until = from + length * size;
    const output = { values: all.slice(from, until), shape: [length, size] };
    from = until;
    return output;
  });
  return examplePredictions(kind, rows, answers);
}

/** How many numbers a fit has learned. */
export const sizeOf = ({ params }: HeadFit): number =>
  Object.values(params).reduce((sum, { data }) => sum + data.length, 0);

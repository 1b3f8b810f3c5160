import type { AnyTaskKind, Files, ParameterReference, RowOutput } from '@adapterfusion/contracts';
import type { Registry } from '@adapterfusion/runtime';
import { currentBackend } from '@adapterfusion/tensor';
import {
  evaluate,
  examplePredictions,
  exampleTargets,
  resolveSettings,
  trainLoop,
  type TrainingRow,
} from '@adapterfusion/training';
import { TRAINING, type EncodedSet } from './encode.js';
import { initialModel, NAME } from './initial-model.js';
import type { SilverKind } from './silver-rows.js';

/** The file that the Python program writes after training. */
interface ReferenceFile {
  readonly losses: readonly number[];
  /** The logits of each validation row, without padding: `[outputs]`, or `[time, outputs]` row-major. */
  readonly logits: readonly (readonly number[])[];
  readonly versions: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/** The result of one kind and seed. */
export interface Comparison {
  readonly kind: SilverKind;
  readonly seed: number;
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly trainRows: number;
  readonly validationRows: number;
  readonly steps: number;
  /** The largest absolute difference of the losses of the first 50 steps, and of all steps. */
  readonly lossDifference50: number;
  readonly lossDifference: number;
  readonly lastLosses: { readonly own: number; readonly reference: number };
  readonly metric: string;
  /** The metric on the validation rows, from 0 to 1. */
  readonly own: number;
  readonly reference: number;
  /** `own` less `reference`, in points of a hundred. */
  readonly points: number;
  /** The share of validation examples with the same answer. */
  readonly sameAnswers: number;
  readonly seconds: { readonly own: number; readonly reference: number };
}

/**
 * The answers to examples from logits that were computed elsewhere, as metrics read them.
 * @param tokens whether every token has outputs
 */
function predictionsOf(
  kind: Pick<AnyTaskKind, 'decode' | 'prediction'>,
  rows: readonly TrainingRow[],
  logits: readonly (readonly number[])[],
  tokens: boolean,
): unknown[] {
  const outputs = rows.map(({ group }, index): RowOutput => {
    const values = Float32Array.from(logits[index]!);
    const time = group[0]!.ids.length;
    return { values, shape: tokens ? [1, time, values.length / time] : [1, values.length] };
  });
  return examplePredictions(kind, rows, outputs);
}

/** The largest absolute difference of two lists of equal length. */
function largestDifference(one: readonly number[], other: readonly number[]): number {
  if (one.length !== other.length) throw new Error(`expected ${other.length} losses; got ${one.length}`);
  return one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at]!)), 0);
}

const rounded = (value: number): number => Number(value.toPrecision(6));

/**
 * Trains from the initial values that the Python program saved, on the same batches, and compares losses and metric.
 * @param reference the folder that the Python program wrote
 */
export async function compare(
  files: Files,
  registry: Registry,
  name: SilverKind,
  { kind, train, validation }: EncodedSet,
  { model: encoder, reference, seed }: { model: string; reference: string; seed: number },
): Promise<Comparison> {
  const bytes = await files.read(files.join(reference, 'reference.json'));
  const expected = JSON.parse(new TextDecoder().decode(bytes)) as ReferenceFile;
  const model = await initialModel(files, registry, encoder, reference);
  const labels = model.heads.get(NAME)!.labels;
  if (labels.join(' ') !== kind.labels.join(' '))
    throw new Error(`expected the labels ${kind.labels.join(' ')}; got ${labels.join(' ')}`);
  const begun = performance.now();
  const settings = resolveSettings({ ...TRAINING, seed, checkpointEvery: 0 });
  const trains = ({ kind: of, name: owner }: ParameterReference): boolean => of !== 'encoder' && owner === NAME;
  const losses: number[] = [];
  const phase = { name: NAME, settings, trains };
  const tasks = [{ head: NAME, rows: train, metrics: [], kind }];
  for await (const event of trainLoop({ model, tasks, phase, backend: currentBackend() }))
    if (event.type === 'step') losses.push(event.loss);
  const seconds = (performance.now() - begun) / 1000;
  const metric = kind.metrics[0]!;
  const options = { head: NAME, batchSize: 32, metrics: [metric.name], kind };
  const found = await evaluate(model, validation, options);
  model.dispose();
  const predictions = predictionsOf(kind, validation, expected.logits, found.outputs[0]!.shape.length === 3);
  const own = found.metrics[metric.name]!;
  const theirs = metric.compute(predictions, exampleTargets(kind, validation));
  const same = predictions.filter((each, at) => JSON.stringify(each) === JSON.stringify(found.predictions[at]));
  return {
    ...{ kind: name, seed, backend: currentBackend().name, versions: expected.versions },
    ...{ trainRows: train.length, validationRows: validation.length, steps: losses.length },
    lossDifference50: rounded(largestDifference(losses.slice(0, 50), expected.losses.slice(0, 50))),
    lossDifference: rounded(largestDifference(losses, expected.losses)),
    lastLosses: { own: rounded(losses.at(-1)!), reference: rounded(expected.losses.at(-1)!) },
    ...{ metric: metric.name, own: rounded(own), reference: rounded(theirs), points: rounded(100 * (own - theirs)) },
    sameAnswers: rounded(same.length / predictions.length),
    seconds: { own: Math.round(seconds), reference: Math.round(expected.seconds) },
  };
}

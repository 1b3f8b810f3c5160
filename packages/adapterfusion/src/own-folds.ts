import type { Values } from '@adapterfusion/model';
import { softmax, stratifiedFolds, type Fold } from '@adapterfusion/metrics';
import { evaluate, targetsOf, type LoopTask, type TrainingRow } from '@adapterfusion/training';
import type { Composition } from '@adapterfusion/model';
import type { Head } from '@adapterfusion/contracts';
import { read } from '@adapterfusion/tensor';
import { features, type Features } from './features.js';
import type { CommonOptions } from './options.js';
import type { OwnAdapter } from './own-adapter.js';
import type { Session } from './session.js';
import type { Task } from './task.js';
import { withTrainedAdapter } from './train-adapter.js';

/** How often the target's own adapter is trained again, each time without the rows of a fold. */
export const OWN_FOLDS = 4;

/** From this number of rows on the log-loss on a single fold is certain enough. */
export const ONE_FOLD = 1024;

/** The own adapters without the rows of a fold. */
export interface OwnFold extends Fold {
  /** By the path of the parameter. */
  readonly values: ReadonlyMap<string, Values>;
}

/** The own adapters, trained again without the rows of each fold. */
export interface OwnFolds {
  readonly folds: readonly OwnFold[];
  /**
   * By adapter the scores of each row, `[rows, classes]`, by adapter and head that have not seen it; NaN for a row that is in
   * no fold's test part.
   */
  readonly scores: ReadonlyMap<string, Float64Array>;
}

/**
 * Trains the target's own adapters again without the rows of each fold: an adapter that has memorised its training rows says
 * too much about them, and whatever is fitted to its outputs or chosen by them would trust it too much.
 * @param rows the target's training rows
 * @param count of {@link OWN_FOLDS} folds only the first so many, where log-losses are wanted and no features of every row
 * @returns undefined where there is no own adapter, and where the rows cannot be divided: no class has two of them
 * @throws ABORTED
 */
export async function ownFolds(
  session: Session,
  task: Task,
  rows: readonly TrainingRow[],
  own: readonly Pick<OwnAdapter, 'name' | 'recipe'>[],
  options: CommonOptions,
  count = OWN_FOLDS,
): Promise<OwnFolds | undefined> {
  const labels = targetsOf<number>(rows);
  const classes = task.data.labels.length;
  if (own.length === 0 || new Set(labels).size === labels.length) return undefined;
  const scores = new Map(own.map(({ name }) => [name, new Float64Array(rows.length * classes).fill(NaN)]));
  const folds: OwnFold[] = [];
  const { model, tokenizer } = session;
  for (const fold of stratifiedFolds(labels, { folds: OWN_FOLDS, seed: task.settings.seed }).slice(0, count)) {
    const [part, tested] = [fold.train, fold.test].map((indices) => indices.map((row) => rows[row]!));
    const values = new Map<string, Values>();
    for (const { name, recipe } of own) {
      const trained = await withTrainedAdapter(session, task, part!, recipe, options, async (head) => {
        const told = {
          head,
          composition: head,
          batchSize: 32,
          metrics: [],
          kind: task.data.kind,
          padId: tokenizer.padId,
        };
        const { outputs } = await evaluate(model, tested!, told);
        fold.test.forEach((row, at) => scores.get(name)!.set(softmax(outputs[at]!.values), row * classes));
      });
      for (const [path, each] of trained.values) values.set(`adapters/${name}/${path}`, each);
    }
    folds.push({ ...fold, values });
  }
  return { folds, scores };
}

/** Does something while parameters of the model have other values. */
export function withValues<T>(
  { model: { parameters } }: Session,
  values: ReadonlyMap<string, Values>,
  work: () => Promise<T>,
): Promise<T> {
  return keeping(parameters, values.keys(), () => {
    for (const [path, each] of values) parameters.set(path, each);
    return work();
  });
}

/** Does something, and gives parameters their values again. */
async function keeping<T>(
  parameters: Session['model']['parameters'],
  paths: Iterable<string>,
  work: () => Promise<T>,
): Promise<T> {
  const restore = await keep(parameters, paths);
  try {
    return await work();
  } finally {
    restore();
  }
}

/** Copies values of parameters. @returns what gives the parameters these values again */
export async function keep(parameters: Session['model']['parameters'], paths: Iterable<string>): Promise<() => void> {
  const given = new Map<string, Values>();
  for (const path of paths) {
    const held = parameters.get(path);
    given.set(path, { shape: [...held.shape], data: await read(held) });
  }
  return () => {
    for (const [path, each] of given) parameters.set(path, each);
  };
}

/**
 * Features of the target's training rows, each with own adapters that have not seen it.
 * @param rows all training rows, of which the folds are
 * @param folds undefined where no given adapter is the target's own: then as {@link features}
 */
export async function crossFittedFeatures(
  session: Session,
  rows: readonly TrainingRow[],
  head: Head,
  compositions: readonly Composition[],
  own: OwnFolds | undefined,
  options: CommonOptions,
): Promise<Features> {
  if (!own) return features(session, rows, head, compositions, options);
  const width = session.model.backbone.hidden;
  const branches = compositions.map(() => new Float32Array(rows.length * width));
  const embedding = new Float32Array(rows.length * width);
  for (const { rows: part, values } of partsOf(own, rows.length)) {
    const given = part.map((row) => rows[row]!);
    const found = await withValues(session, values, () => features(session, given, head, compositions, options));
    part.forEach((row, from) => {
      const put = (target: Float32Array, source: Float32Array): void =>
        target.set(source.subarray(from * width, (from + 1) * width), row * width);
      branches.forEach((branch, each) => put(branch, found.branches[each]!));
      put(embedding, found.embedding);
    });
  }
  return { branches, embedding };
}

/** Every row once, each with the own adapters that have not seen it. @param count rows */
function partsOf(
  { folds }: OwnFolds,
  count: number,
): { readonly rows: readonly number[]; readonly values: OwnFold['values'] }[] {
  const tested = new Set(folds.flatMap(({ test }) => test));
  // The only row of its class is in every training part: it goes with the first fold.
  const rest = Array.from({ length: count }, (_, row) => row).filter((row) => !tested.has(row));
  return folds.map(({ test, values }, index) => ({ rows: index === 0 ? [...test, ...rest] : test, values }));
}

/**
 * The training task in parts, before each of which the own adapters on the model become those that have not seen its rows.
 * Whoever trains on them puts the adapters' values back afterwards ({@link keepOwn}). Validation rows are measured once, with
 * the adapters of the first part.
 * @param rows all training rows, of which the folds are
 */
export function foldTasks(
  { model: { parameters } }: Session,
  task: Omit<LoopTask, 'rows'>,
  rows: readonly TrainingRow[],
  own: OwnFolds,
): LoopTask[] {
  let entered: OwnFold['values'] | undefined;
  return partsOf(own, rows.length).map(({ rows: part, values }, index) => ({
    ...task,
    validation: index === 0 ? (task.validation ?? []) : [],
    rows,
    places: part,
    enter: () => {
      if (entered !== values) for (const [path, each] of values) parameters.set(path, each);
      entered = values;
    },
  }));
}

/** Remembers the own adapters' values on the model. @returns what puts them back */
export const keepOwn = ({ model: { parameters } }: Session, { folds }: OwnFolds): Promise<() => void> =>
  keep(parameters, folds[0]?.values.keys() ?? []);

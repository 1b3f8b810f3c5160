import type { Head, LoopSettings } from '@adapterfusion/contracts';
import { stratifiedSplit } from '@adapterfusion/data';
import { accuracy, computeMetrics, confusionMatrix, logisticRegression } from '@adapterfusion/metrics';
import type { Composition } from '@adapterfusion/model';
import { allRows, labelsOf } from '@adapterfusion/training';
import type { SingleRow, TableRow } from './events.js';
import { features } from './features.js';
import {
  embeddingAnswers,
  featureRows,
  fitHead,
  headSettings,
  majorityAnswers,
  scoreOf,
  type Answers,
  type FeatureRows,
} from './floors.js';
import type { CommonOptions } from './options.js';
import type { Task } from './task.js';
import type { Session } from './session.js';

/** Below so many rows, one held-out part is too small to choose by. */
const FEW_ROWS = 1000;

/**
 * Simpler ways to do a fusion's task, on the same rows: the most frequent label, or the mean of numbers; where there are
 * labels, logistic regression on the bare encoder's mean embedding; a new head on the bare encoder, on the best given
 * adapter, on the adapters' average. The best adapter is chosen on held-out training rows, by logistic regression on what
 * the head reads, or without labels by such a head. Encoder and adapters are frozen and without dropout: their outputs are
 * computed once, all branches in one pass.
 * @returns the rows of the table, and each adapter alone
 */
export async function compare(
  session: Session,
  task: Task,
  head: Head,
  adapters: readonly string[],
  options: CommonOptions,
): Promise<{ ways: TableRow[]; singles: SingleRow[] }> {
  const compositions: Composition[] = [{ type: 'none' }, ...adapters, ...averages(adapters)];
  const rows = await allRows(task.train);
  const train = await features(session, rows, head, compositions, options);
  const tested = await features(session, task.measured.rows, head, compositions, options);

  const width = session.model.backbone.hidden;
  const classes = task.data.labels.length;
  const truth = labelsOf(rows);
  const regression = task.data.dataset.task.type === 'regression';
  const settings = headSettings(session, task);
  const scored = (answers: Answers) => ({ metrics: scoreOf(task, answers), trained: answers.trained });
  const trainRows = (branch: number) => featureRows(rows, train.branches[branch]!);
  const fit = async (branch: number) => {
    const test = featureRows(task.measured.rows, tested.branches[branch]!);
    return scored(await fitHead(session, task, head, trainRows(branch), test, settings));
  };
  const judge = async (branch: number): Promise<number> =>
    classes > 0
      ? heldOut(train.branches[branch]!, truth, { width, classes, seed: settings.seed })
      : heldOutByHead(session, task, head, trainRows(branch), settings);
  const alone = await fit(0);
  const singles: SingleRow[] = [];
  for (const [index, adapter] of adapters.entries()) {
    const chosenBy = await judge(index + 1);
    singles.push({ way: 'single', name: adapter, adapter, chosenBy, ...(await fit(index + 1)) });
  }
  const best = singles.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
  const average = adapters.length > 1 ? [await fit(adapters.length + 1)] : [];
  const ways: TableRow[] = [
    { way: 'majority', name: regression ? 'mean of the training rows' : 'majority', ...scored(majorityAnswers(task)) },
    ...(classes > 0
      ? [
          {
            way: 'embedding',
            name: 'embedding + logistic regression',
            ...scored(embeddingAnswers(task, width, train.embedding, tested.embedding)),
          } as const,
        ]
      : []),
    { way: 'head', name: 'head only', ...alone },
    { way: 'single', name: `best single adapter (${best.adapter})`, metrics: best.metrics, trained: best.trained },
    ...average.map((found) => ({ way: 'average', name: 'average of the adapters', ...found }) as const),
  ];
  return { ways, singles };
}

/** The branch that averages the adapters, where there are several. */
const averages = (adapters: readonly string[]): Composition[] =>
  adapters.length > 1 ? [{ type: 'average', children: adapters }] : [];

/**
 * Accuracy of logistic regression on rows that it was not fitted on: a tenth of them; where there are few, the mean over five
 * draws of a fifth.
 * @param features `[rows, width]` row-major
 */
function heldOut(
  features: Float32Array,
  truth: readonly number[],
  { width, classes, seed }: { width: number; classes: number; seed: number },
): number {
  const few = truth.length < FEW_ROWS;
  const gather = (rows: readonly number[]): Float32Array =>
    Float32Array.from(
      { length: rows.length * width },
      (_, at) => features[rows[Math.floor(at / width)]! * width + (at % width)]!,
    );
  const labelsOf = (rows: readonly number[]): number[] => rows.map((row) => truth[row]!);
  const scores = Array.from({ length: few ? 5 : 1 }, (_, draw) => {
    const { train, validation } = stratifiedSplit(
      truth,
      { validation: few ? 0.2 : 0.1, seed: seed + draw },
      'the training rows',
    );
    const model = logisticRegression(gather(train), labelsOf(train), { width, classes });
    return accuracy(confusionMatrix(model.predict(gather(validation)), labelsOf(validation), classes));
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

/** The first metric of a head on a fifth of the training rows, trained on the rest. */
async function heldOutByHead(
  session: Session,
  task: Task,
  head: Head,
  { features, rows }: FeatureRows,
  settings: LoopSettings,
): Promise<number> {
  const strata = rows.map(() => 0);
  const split = stratifiedSplit(strata, { validation: 0.2, seed: settings.seed }, 'the training rows');
  const [train, held] = [split.train, split.validation].map((part) => part.map((row) => rows[row]!));
  const { predictions } = await fitHead(
    session,
    task,
    head,
    { features, rows: train! },
    { features, rows: held! },
    settings,
  );
  const metric = task.data.dataset.metrics[0]!;
  const truth = held!.map(({ label }) => label);
  return computeMetrics([metric], predictions, truth)[metric]!;
}

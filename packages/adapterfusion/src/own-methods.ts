import type { LoopSettings } from '@adapterfusion/contracts';
import { fitLinear, logLoss, tfidf, type LinearFit, type LinearFitOptions } from '@adapterfusion/metrics';
import { evaluate } from '@adapterfusion/training';
import type { TableRow } from './events.js';
import { majorityLogLoss, trivialAnswers } from './majority.js';
import type { TrainingOptions } from './options.js';
import { defaultRecipe } from './own-adapter.js';
import { ONE_FOLD, OWN_FOLDS, ownFolds } from './own-folds.js';
import { headScores } from './source-heads.js';
import { likeliest, rowOf } from './table-row.js';
import { withTrainedAdapter } from './train-adapter.js';
import type { Workbench } from './workbench.js';

/**
 * Methods that need nothing but the task's own rows: those of {@link linearMethods}; an adapter as `train` makes it by default,
 * unless only linear methods are wanted and none is given.
 * @throws ABORTED
 */
export async function ownMethods(bench: Workbench, options: Compared): Promise<TableRow[]> {
  const trains = options.compare !== 'linear' || bench.given.own.length > 0;
  return [...(await linearMethods(bench)), ...(trains ? [await ownAdapterRow(bench, options)] : [])];
}

/** Options of the table. */
export type Compared = TrainingOptions & { readonly compare?: boolean | 'linear' };

/**
 * Methods that train nothing in steps: the trivial answer; where targets are single labels, TF-IDF and mean embeddings of
 * unit length, each with the regularised logistic regression; the head on the bare encoder, which for labels is the same
 * regression on what a head reads.
 * @throws ABORTED
 */
export async function linearMethods(bench: Workbench): Promise<TableRow[]> {
  const { task } = bench.given;
  const { singleLabel, labels } = task.data;
  const trivial = trivialAnswers(task);
  const name = singleLabel ? 'majority' : trivial.name;
  const loss = singleLabel ? majorityLogLoss(bench.labels, labels.length, bench.classWeights) : undefined;
  return [
    rowOf(task, { group: 'own', method: 'majority', name }, trivial, loss),
    ...(singleLabel ? [...wordsRow(bench), await probeRow(bench)] : []),
    ...(bench.closedForm ? [await headRow(bench)] : []),
  ];
}

async function probeRow(bench: Workbench): Promise<TableRow> {
  const { task, session } = bench.given;
  const classes = task.data.labels.length;
  const width = session.model.backbone.hidden;
  const [train, measured] = [await bench.train(), await bench.measured()];
  const probe = fitProbe(train.embedding, bench.labels, { width, classes, ...fitOptions(task.settings) });
  const predictions = likeliest(probe.probabilities(measured.embedding), classes);
  const row = { group: 'own', method: 'probe', name: 'probe: mean embedding + logistic regression' } as const;
  return rowOf(task, row, { predictions, trained: classes * (width + 1) }, probe.logLoss);
}

/** The head on the bare encoder, fitted in closed form. */
async function headRow(bench: Workbench): Promise<TableRow> {
  const branch = bench.branchOf('none');
  const row = { group: 'own', method: 'head', name: 'linear head on the bare encoder' } as const;
  return rowOf(bench.given.task, row, await bench.answers(branch), (await bench.fit(branch)).loss);
}

/** How the linear classifiers of a run are fitted, by its settings. */
export const fitOptions = ({
  seed,
  classWeights,
}: Pick<LoopSettings, 'seed' | 'classWeights'>): Pick<LinearFitOptions, 'seed' | 'classWeights'> => ({
  seed,
  ...(classWeights === 'balanced' ? { classWeights } : {}),
});

/** The probe: logistic regression on mean embeddings of unit length. @param embeddings `[rows, width]` */
export const fitProbe = (
  embeddings: Float32Array,
  labels: readonly number[],
  options: Pick<LinearFitOptions, 'width' | 'classes' | 'seed' | 'classWeights' | 'folds'>,
): LinearFit => fitLinear(embeddings, labels, { ...options, scaling: 'unit' });

/** TF-IDF of words and word pairs + logistic regression; none where the texts are not in memory. */
function wordsRow({ given: { task }, indices, labels }: Workbench): TableRow[] {
  if (!task.texts) return [];
  const classes = task.data.labels.length;
  const texts = indices.map((index) => task.texts!.train[index]!);
  const vectorizer = tfidf(texts);
  if (vectorizer.terms.length === 0) return [];
  const fit = fitLinear(vectorizer.transform(texts), labels, { classes, ...fitOptions(task.settings) });
  const predictions = likeliest(fit.probabilities(vectorizer.transform(task.texts.measured)), classes);
  const trained = classes * (vectorizer.terms.length + 1);
  const row = { group: 'own', method: 'tfidf', name: 'TF-IDF + logistic regression' } as const;
  return [rowOf(task, row, { predictions, trained }, fit.logLoss)];
}

/** The own adapter with its head: the given one, or one that is trained here as `train` does by default. */
export async function ownAdapterRow(bench: Workbench, options: TrainingOptions): Promise<TableRow> {
  const { task, session } = bench.given;
  const own = bench.given.own.find((each) => each.head);
  const { model, tokenizer } = session;
  const { singleLabel } = task.data;
  const classes = task.data.labels.length;
  const count = (kind: string, name: string): number =>
    model.parameters.count((path) => path.startsWith(`${kind}/${name}/`));
  if (own?.head) {
    const row = { group: 'own', method: 'own-adapter', name: `own adapter (${own.name})` } as const;
    const scores = await headScores(bench, own.name, own.head, 'measured');
    const folds = await bench.folds();
    const head = [...own.head.values.values()].reduce((sum, { data }) => sum + data.length, 0);
    const answers = { predictions: likeliest(scores, classes), trained: count('adapters', own.name) + head };
    return rowOf(task, row, answers, folds && seenLoss(bench, folds.scores.get(own.name)!));
  }
  const row = { group: 'own', method: 'own-adapter', name: 'own adapter, as "train" makes it' } as const;
  const recipe = defaultRecipe(session, task, options);
  const { result } = await withTrainedAdapter(session, task, bench.rows, recipe, bench.given.options, async (head) => {
    const told = { head, composition: head, batchSize: 32, metrics: [], kind: task.data.kind, padId: tokenizer.padId };
    const { predictions } = await evaluate(model, task.measured.rows, told);
    return { predictions, trained: count('adapters', head) + count('heads', head) };
  });
  const { name } = row;
  if (!singleLabel) return rowOf(task, row, result);
  const many = bench.rows.length < ONE_FOLD ? OWN_FOLDS : 1;
  const folds = await ownFolds(session, task, bench.rows, [{ name, recipe }], bench.given.options, many);
  return rowOf(task, row, result, folds && seenLoss(bench, folds.scores.get(name)!));
}

/** Log-loss over the rows that have scores. @param scores `[rows, classes]`, NaN for rows without */
export function seenLoss({ labels, classWeights, given }: Workbench, scores: Float64Array): number {
  const classes = given.task.data.labels.length;
  const seen = [...labels.keys()].filter((row) => !Number.isNaN(scores[row * classes]!));
  const kept = seen.flatMap((row) => [...scores.subarray(row * classes, (row + 1) * classes)]);
  return logLoss(
    kept,
    seen.map((row) => labels[row]!),
    classes,
    classWeights,
  );
}

import type { AnyConfigured } from '@adapterfusion/contracts';
import { logLoss, softmax, stratifiedFolds } from '@adapterfusion/metrics';
import { evaluate } from '@adapterfusion/training';
import { ONE_FOLD, OWN_FOLDS, withValues, type OwnFold } from './own-folds.js';
import { withTrainedFusion } from './train-fusion.js';
import type { Workbench } from './workbench.js';

/** Fusions that are trained to be selected from, the simplest first; the average comes before them. */
const CANDIDATES = [
  ['scaling', { per: 'number' }],
  ['scaling', { per: 'vector' }],
  ['attention', { initial: 'average' }],
] as const;

/** Below this number of rows the folds are repeated. */
const REPEATED = 512;

/** How well a candidate does on rows of the task that it was not trained on. */
export interface CandidateScore {
  readonly fusion: AnyConfigured<'fusion'>;
  /** Mean over the rows, nats. */
  readonly logLoss: number;
  /** Of the log-loss, over rows. */
  readonly standardError: number;
}

/**
 * Selects the method of a composition by log-loss over stratified folds of the training rows: the simplest whose log-loss is
 * within one standard error of the lowest, in the order average, scaling by numbers, scaling by vectors, attention. The
 * task's own adapter is trained again without the rows of each fold.
 * @returns the selected one first
 * @throws ABORTED
 */
export async function selectComposition(bench: Workbench): Promise<readonly [CandidateScore, ...CandidateScore[]]> {
  const { session } = bench.given;
  const fit = await bench.fit(bench.branchOf('average'));
  const average = session.registry.configure('fusion', 'average');
  const scores: CandidateScore[] = [
    { fusion: average, logLoss: fit.logLoss ?? Infinity, standardError: fit.standardError ?? 0 },
  ];
  const folds = await divisions(bench);
  for (const [id, options] of CANDIDATES) {
    if (!session.registry.has('fusion', id)) continue;
    scores.push(await scoreOf(bench, session.registry.configure('fusion', id, options), folds));
  }
  const selected = simplestOf(scores);
  return [selected, ...scores.filter((each) => each !== selected)];
}

/** The first whose log-loss is within one standard error of the lowest. @param scores the simplest first */
export function simplestOf<T extends Pick<CandidateScore, 'logLoss' | 'standardError'>>(scores: readonly T[]): T {
  const best = scores.reduce((a, b) => (b.logLoss < a.logLoss ? b : a));
  return scores.find(({ logLoss }) => logLoss <= best.logLoss + best.standardError)!;
}

/** The folds: those without whose rows the own adapter was trained again, or repeated ones. */
async function divisions(bench: Workbench): Promise<readonly (Pick<OwnFold, 'train' | 'test'> & Partial<OwnFold>)[]> {
  const own = await bench.folds();
  const { labels } = bench;
  const { seed } = bench.given.task.settings;
  const repeats = labels.length < REPEATED ? 2 : 1;
  const folds = own?.folds ?? stratifiedFolds(labels, { folds: OWN_FOLDS, repeats, seed });
  return labels.length < ONE_FOLD ? folds : folds.slice(0, 1);
}

/** Trains a candidate without the rows of each fold, and measures it on them. */
async function scoreOf(
  bench: Workbench,
  fusion: AnyConfigured<'fusion'>,
  folds: Awaited<ReturnType<typeof divisions>>,
): Promise<CandidateScore> {
  const { session, task } = bench.given;
  const { model, tokenizer } = session;
  const { kind, labels } = task.data;
  const losses = new Map<number, number[]>();
  for (const { train, test, values } of folds)
    await withValues(session, values ?? new Map<string, never>(), () =>
      withTrainedFusion(bench, { fusion, rows: train }, async (head, composition) => {
        const told = { head, composition, batchSize: 32, metrics: [], kind, padId: tokenizer.padId };
        const tested = test.map((row) => bench.rows[row]!);
        const { outputs } = await evaluate(model, tested, told);
        test.forEach((row, at) => {
          const label = bench.labels[row]!;
          const weight = bench.classWeights?.[label] ?? 1;
          const loss = weight * logLoss(softmax(outputs[at]!.values), [label], labels.length);
          losses.set(row, [...(losses.get(row) ?? []), loss]);
        });
      }),
    );
  const rows = [...losses.values()].map((each) => each.reduce((sum, loss) => sum + loss, 0) / each.length);
  const mean = rows.reduce((sum, loss) => sum + loss, 0) / rows.length;
  const squares = rows.reduce((sum, loss) => sum + (loss - mean) ** 2, 0);
  return { fusion, logLoss: mean, standardError: Math.sqrt(squares / Math.max(rows.length - 1, 1) / rows.length) };
}

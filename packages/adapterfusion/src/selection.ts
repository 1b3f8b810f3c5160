import type { AnyConfigured, RowOutput } from '@adapterfusion/contracts';
import { stratifiedFolds } from '@adapterfusion/metrics';
import { read, scope, tensor } from '@adapterfusion/tensor';
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
  /** Of the head, mean over the rows; of labels the log-loss in nats. */
  readonly loss: number;
  /** Of the loss, over rows. */
  readonly standardError: number;
}

/**
 * Selects the method of a composition by the head's loss over stratified folds of the training rows: the simplest whose loss is
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
    { fusion: average, loss: fit.loss ?? Infinity, standardError: fit.standardError ?? 0 },
  ];
  const folds = await divisions(bench);
  for (const [id, options] of CANDIDATES) {
    if (!session.registry.has('fusion', id)) continue;
    scores.push(await scoreOf(bench, session.registry.configure('fusion', id, options), folds));
  }
  const selected = simplestOf(scores);
  return [selected, ...scores.filter((each) => each !== selected)];
}

/** The first whose loss is within one standard error of the lowest. @param scores the simplest first */
export function simplestOf<T extends Pick<CandidateScore, 'loss' | 'standardError'>>(scores: readonly T[]): T {
  const best = scores.reduce((a, b) => (b.loss < a.loss ? b : a));
  return scores.find(({ loss }) => loss <= best.loss + best.standardError)!;
}

/** The folds: those without whose rows the own adapter was trained again, or repeated ones. */
async function divisions(bench: Workbench): Promise<readonly (Pick<OwnFold, 'train' | 'test'> & Partial<OwnFold>)[]> {
  const own = await bench.folds();
  const { rows, given } = bench;
  const { data, settings } = given.task;
  const repeats = rows.length < REPEATED ? 2 : 1;
  const strata = rows.map(({ target }) => data.kind.stratum(target) ?? 0);
  const folds = own?.folds ?? stratifiedFolds(strata, { folds: OWN_FOLDS, repeats, seed: settings.seed });
  return rows.length < ONE_FOLD ? folds : folds.slice(0, 1);
}

/** Trains a candidate without the rows of each fold, and measures it on them. */
async function scoreOf(
  bench: Workbench,
  fusion: AnyConfigured<'fusion'>,
  folds: Awaited<ReturnType<typeof divisions>>,
): Promise<CandidateScore> {
  const { session, task } = bench.given;
  const { model, tokenizer } = session;
  const { kind } = task.data;
  const losses = new Map<number, number[]>();
  for (const { train, test, values } of folds)
    await withValues(session, values ?? new Map<string, never>(), () =>
      withTrainedFusion(bench, { fusion, rows: train }, async (head, composition) => {
        const told = { head, composition, batchSize: 32, metrics: [], kind, padId: tokenizer.padId };
        const tested = test.map((row) => bench.rows[row]!);
        const { outputs } = await evaluate(model, tested, told);
        for (const [at, row] of test.entries()) {
          const weight = bench.classWeights?.[bench.labels[row]!] ?? 1;
          losses.set(row, [...(losses.get(row) ?? []), weight * (await lossOf(bench, outputs[at]!, row))]);
        }
      }),
    );
  const rows = [...losses.values()].map((each) => each.reduce((sum, loss) => sum + loss, 0) / each.length);
  const mean = rows.reduce((sum, loss) => sum + loss, 0) / rows.length;
  const squares = rows.reduce((sum, loss) => sum + (loss - mean) ** 2, 0);
  return { fusion, loss: mean, standardError: Math.sqrt(squares / Math.max(rows.length - 1, 1) / rows.length) };
}

/** The head's loss of a training row. */
async function lossOf(
  { given: { head, task }, rows }: Workbench,
  { values, shape }: RowOutput,
  row: number,
): Promise<number> {
  const targets = task.data.kind.collate([rows[row]!.target], { groups: [shape[0]!], time: 1 });
  const loss = scope(() => head.loss(tensor(values, [...shape]), targets));
  const [value] = await read(loss);
  loss.dispose();
  return value!;
}

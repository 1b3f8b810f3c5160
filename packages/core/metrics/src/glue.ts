/** GLUE's nine tasks as the benchmark counts them, and the names that their parts have here. */
const TASKS: Readonly<Record<string, readonly string[]>> = {
  cola: ['cola'],
  sst2: ['sst2'],
  mrpc: ['mrpc'],
  stsb: ['stsb'],
  qqp: ['qqp'],
  mnli: ['mnli', 'mnli-mismatched'],
  qnli: ['qnli'],
  rte: ['rte'],
  wnli: ['wnli'],
};

/** A set of results as GLUE combines them. */
export interface GlueScore {
  /** One a task; both parts of MNLI are one. */
  readonly tasks: { readonly [task: string]: number };
  /** Their mean. */
  readonly score: number;
  /** Tasks without a result; the score is not the benchmark's when there are any. */
  readonly missing: readonly string[];
}

/**
 * Combines results as GLUE does (Wang et al. 2019, section 3): a task's score is the plain mean of its metrics, MNLI's that of
 * its matched and mismatched part, the score the mean over tasks.
 * @param results metrics by task id: those that the task's dataset declares, no others
 * @throws TypeError for a task that is none of GLUE's, and for one without metrics
 */
export function glueScore(results: { readonly [task: string]: { readonly [metric: string]: number } }): GlueScore {
  const known = Object.values(TASKS).flat();
  for (const [task, metrics] of Object.entries(results))
    if (!known.includes(task) || Object.keys(metrics).length === 0)
      throw new TypeError(`expected metrics of one of ${known.join(', ')}, not ${JSON.stringify({ [task]: metrics })}`);
  const found = Object.entries(TASKS).map(([task, parts]): readonly [string, number[]] => [
    task,
    parts.flatMap((part) => (Object.hasOwn(results, part) ? [mean(Object.values(results[part]!))] : [])),
  ]);
  const tasks = Object.fromEntries(
    found.flatMap(([task, scores]) => (scores.length > 0 ? [[task, mean(scores)]] : [])),
  );
  const missing = found.flatMap(([task, scores]) => (scores.length < TASKS[task]!.length ? [task] : []));
  return { tasks, score: mean(Object.values(tasks)), missing };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

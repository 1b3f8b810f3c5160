import { AdapterFusionError, type Head } from '@adapterfusion/contracts';
import type { Composition } from '@adapterfusion/model';
import { allRows, exampleTargets, measure, targetsOf } from '@adapterfusion/training';
import type { DataEvent } from './events.js';
import { features } from './features.js';
import { trivialAnswers, type Answers } from './majority.js';
import { fitRows } from './head-start.js';
import { fitOptions, fitProbe } from './own-methods.js';
import { likeliest } from './table-row.js';
import { headAnswers } from './trained-head.js';
import { openAdapters } from './open-adapters.js';
import type { TrainingOptions } from './options.js';
import { openSession, type Session } from './session.js';
import { addHead } from './task-head.js';
import { dataEvent, openTask, type Task } from './task.js';

/** Baselines: methods that are measured by themselves. */
export const BASELINES = ['majority', 'embedding', 'average'] as const;
export type Baseline = (typeof BASELINES)[number];

/** Options of {@link baseline}. */
export interface BaselineOptions extends Omit<TrainingOptions, 'out' | 'overwrite' | 'force' | 'onDamage'> {
  /**
   * `majority`: the trivial answer: the most frequent label or choice, the mean of numbers; `embedding`: the table's probe, logistic
   * regression on mean embeddings of unit length, where there are labels; `average`: a new head on the average of trained adapters.
   */
  readonly method: Baseline;
  /** Folders of the adapters that are averaged, each `path` or `name=path`. */
  readonly adapters?: readonly string[];
}

/** What {@link baseline} found. */
export interface BaselineResult {
  readonly data: DataEvent;
  readonly metrics: { readonly [name: string]: number };
  /** Parameters learned for it. */
  readonly trained: number;
  readonly seconds: number;
}

/**
 * Measures a baseline without writing a bundle. `options.onMeasured` is told
 * the answers.
 * @throws OPTIONS_INVALID for another method; UNSUPPORTED for `embedding` without labels; every code that its inputs can have
 */
export async function baseline(options: BaselineOptions): Promise<BaselineResult> {
  if (!BASELINES.includes(options.method))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'baseline.method',
      expected: `one of ${BASELINES.join(', ')}`,
      got: JSON.stringify(options.method) ?? 'none',
      fix: 'Choose one of them.',
    });
  const begun = performance.now();
  const session = await openSession(options.model, options);
  try {
    const opened = options.method === 'average' ? await openAdapters(session, { adapters: [], ...options }) : [];
    const adapters = opened.map(({ name }) => name);
    const trainer = session.registry.configure('trainer', 'head');
    const task = await openTask(session, trainer, { ...options, out: '', validate: false });
    const head = addHead(session, 'baseline', task, options);
    const answers = await answer(session, task, head, adapters, options);
    const metrics = measured(task, answers);
    const { split, rows } = task.measured;
    const { name: data, labels, kind } = task.data;
    const truth = exampleTargets(kind, rows);
    options.onMeasured?.({ data, split, labels, truth, predictions: answers.predictions });
    const seconds = (performance.now() - begun) / 1000;
    return { data: dataEvent(task), metrics, trained: answers.trained, seconds };
  } finally {
    session.model.dispose();
  }
}

async function answer(
  session: Session,
  task: Task,
  head: Head,
  adapters: readonly string[],
  options: BaselineOptions,
): Promise<Answers> {
  if (options.method === 'majority') return trivialAnswers(task);
  if (options.method === 'embedding' && !task.data.singleLabel)
    throw new AdapterFusionError('UNSUPPORTED', {
      at: 'method',
      expected: 'a task whose targets are single labels for "embedding"',
      got: task.data.task.plugin.id,
      fix: 'Choose "majority" or "average".',
    });
  const branch: Composition = options.method === 'average' ? { type: 'average', children: adapters } : { type: 'none' };
  const embeds = options.method === 'embedding';
  const rows = embeds ? (await fitRows(task)).rows : await allRows(task.train);
  const train = await features(session, rows, head, [branch], options);
  const test = await features(session, task.measured.rows, head, [branch], options);
  if (embeds) {
    const [width, classes] = [session.model.backbone.hidden, task.data.labels.length];
    const fit = fitProbe(train.embedding, targetsOf<number>(rows), { width, classes, ...fitOptions(task.settings) });
    return { predictions: likeliest(fit.probabilities(test.embedding), classes), trained: classes * (width + 1) };
  }
  const given = { rows, features: train.branches[0]! };
  return headAnswers(session, task, head, given, { rows: task.measured.rows, features: test.branches[0]! });
}

/** The task's metrics of answers. */
const measured = ({ data, measured: { rows } }: Task, { predictions }: Answers): Record<string, number> =>
  measure(data.kind, data.metrics, predictions, exampleTargets(data.kind, rows));

import { AdapterFusionError } from '@adapterfusion/contracts';
import { stratifiedSample } from '@adapterfusion/data';
import { linearFolds } from '@adapterfusion/metrics';
import { evaluate, targetsOf, type TrainingRow } from '@adapterfusion/training';
import type { TableRow } from './events.js';
import { features } from './features.js';
import { FIT_ROWS } from './head-start.js';
import type { TrainingOptions } from './options.js';
import { defaultRecipe } from './own-adapter.js';
import { fitOptions, fitProbe, type Compared } from './own-methods.js';
import { openData, targeted, tokenize } from './rows.js';
import type { Session } from './session.js';
import { likeliest, rowOf } from './table-row.js';
import type { Task } from './task.js';
import { withTrainedAdapter } from './train-adapter.js';
import type { Workbench } from './workbench.js';

/**
 * What the target's rows would give together with rows of others, where these may be shared and their labels agree: the probe
 * and an adapter, each on all rows. Reference lines: a composition needs the others' adapters alone. Without other rows none.
 * @throws ABORTED
 */
export async function otherRowsMethods(bench: Workbench, options: Omit<Compared, 'data'>): Promise<TableRow[]> {
  const { session, task, head, others = [] } = bench.given;
  if (others.length === 0) return [];
  const group = 'others';
  const more = others.length.toLocaleString('en');
  const classes = task.data.labels.length;
  const own = bench.rows.length;
  const shared = others.length > FIT_ROWS ? sample(others, task.settings.seed) : others;
  const { embedding } = await features(session, shared, head, [{ type: 'none' }], options);
  const all = Float32Array.from([...(await bench.train()).embedding, ...embedding]);
  const after = Array.from({ length: shared.length }, (_, at) => own + at);
  const folds = linearFolds(bench.labels, task.settings.seed)?.map(({ train, test }) => ({
    train: [...train, ...after],
    test,
  }));
  const width = session.model.backbone.hidden;
  const shape = { width, classes, ...fitOptions(task.settings), ...(folds ? { folds } : {}) };
  const probe = fitProbe(all, [...bench.labels, ...targetsOf<number>(shared)], shape);
  const predictions = likeliest(probe.probabilities((await bench.measured()).embedding), classes);
  const named = { group, method: 'pooled-probe', name: `probe, with ${more} rows of others` } as const;
  const rows = [rowOf(task, named, { predictions, trained: classes * (width + 1) }, probe.logLoss)];
  if (options.compare === 'linear') return rows;
  return [...rows, await pooledAdapter(bench, others, `adapter, with ${more} rows of others`, options)];
}

/** An adapter as `train` makes it by default, on all rows. */
async function pooledAdapter(
  bench: Workbench,
  others: readonly TrainingRow[],
  name: string,
  options: Omit<TrainingOptions, 'data'>,
): Promise<TableRow> {
  const { session, task } = bench.given;
  const { model, tokenizer } = session;
  const all = [...bench.rows, ...others];
  const recipe = defaultRecipe(session, task, options, all.length);
  const { result } = await withTrainedAdapter(session, task, all, recipe, bench.given.options, async (head) => {
    const told = { head, composition: head, batchSize: 32, metrics: [], kind: task.data.kind, padId: tokenizer.padId };
    const { predictions } = await evaluate(model, task.measured.rows, told);
    const parts = [`adapters/${head}/`, `heads/${head}/`];
    const trained = model.parameters.count((path) => parts.some((part) => path.startsWith(part)));
    return { predictions, trained };
  });
  return rowOf(task, { group: 'others', method: 'pooled-adapter', name }, result);
}

/**
 * The rows of others that options name, with the target's classes.
 * @throws OPTIONS_INVALID for rows with other labels; what data can throw
 */
export async function openOtherRows(
  session: Session,
  task: Task,
  options: Omit<TrainingOptions, 'data'>,
): Promise<TrainingRow[]> {
  const rows: TrainingRow[] = [];
  for (const place of options.otherRows ?? []) rows.push(...(await rowsOf(session, task, place, options)));
  return rows;
}

/** Training rows of other data, with the target's classes. */
async function rowsOf(
  session: Session,
  task: Task,
  place: string,
  options: Omit<TrainingOptions, 'data'>,
): Promise<TrainingRow[]> {
  const { dataDir: _, ...given } = options;
  const data = await openData({ ...given, data: place }, session.files, session.registry);
  const { labels } = task.data;
  const wrong = !data.singleLabel ? 'no labels' : data.labels.find((label) => !labels.includes(label));
  if (wrong !== undefined)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'otherRows',
      expected: `data with the labels of the target: ${labels.join(', ')}`,
      got: !data.singleLabel ? `${place}, whose rows have no single label` : `${place}, with ${data.labels.join(', ')}`,
      fix: 'Name other data, or give its labels the same names (--other-rows).',
    });
  const examples = await targeted(data, 'train');
  const { rows } = await tokenize(examples, data, 'train', session.tokenizer, task.settings.maxLength, options);
  return rows.map((row) => ({ ...row, target: labels.indexOf(data.labels[row.target as number]!) }));
}

const sample = (rows: readonly TrainingRow[], seed: number): TrainingRow[] =>
  stratifiedSample(targetsOf<number>(rows), { rows: FIT_ROWS, seed }).map((index) => rows[index]!);

import { stratifiedSplit } from '@adapterfusion/data';
import type { Composition } from '@adapterfusion/model';
import { evaluate, exampleSpans, exampleTargets, measure, type TrainingRow } from '@adapterfusion/training';
import type { SingleRow, TableRow } from './events.js';
import { trivialAnswers, type Answers } from './majority.js';
import { ownAdapterRow, type Compared } from './own-methods.js';
import { rowOf } from './table-row.js';
import { withTrainedHead } from './train-head.js';
import { headAnswers } from './trained-head.js';
import type { FeatureRows } from './fit-head.js';
import type { Workbench } from './workbench.js';

/** What a head stands on: the bare encoder, an adapter, or the average of all. */
type Branch = Parameters<Workbench['branchOf']>[0];

/**
 * Trains a head on some of the training rows.
 * @param train places of rows
 * @param test rows to answer: places of training rows; undefined: the measured rows
 */
type FitBranch = (branch: Branch, train: readonly number[], test?: readonly number[]) => Promise<Answers>;

/**
 * The methods of a task whose head has no closed form: the trivial answer; a new head, trained on the bare encoder, on
 * each adapter and on their average; an adapter as `train` makes it by default. The best adapter is chosen by such a head on a
 * fifth of the training rows. A head that pools is trained on features that are computed once; any other with the encoder
 * below it, which `compare: 'linear'` leaves out.
 * @throws ABORTED
 */
export async function trainedMethods(
  bench: Workbench,
  options: Compared,
): Promise<{ readonly rows: TableRow[]; readonly singles: SingleRow[] }> {
  const { task, head, adapters } = bench.given;
  const trivial = trivialAnswers(task);
  const simplest = rowOf(task, { group: 'own', method: 'majority', name: trivial.name }, trivial);
  if (!head.pool && options.compare === 'linear') return { rows: [simplest], singles: [] };
  const fit = head.pool ? await onFeatures(bench) : onEncoder(bench);
  const all = [...bench.rows.keys()];
  const singles: SingleRow[] = [];
  for (const { name } of adapters) {
    const chosenBy = await heldOut(bench, (train, test) => fit({ adapter: name }, train, test));
    const row = { group: 'adapters', method: 'single', name, adapter: name, chosenBy } as const;
    singles.push(rowOf(task, row, await fit({ adapter: name }, all)));
  }
  const { adapter, chosenBy: _, ...best } = singles.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
  const rows: TableRow[] = [
    simplest,
    rowOf(task, { group: 'own', method: 'head', name: 'head on the bare encoder' }, await fit('none', all)),
    ...(options.compare === 'linear' ? [] : [await ownAdapterRow(bench, options)]),
    { ...best, name: `best single adapter (${adapter})` },
  ];
  if (adapters.length === 1) return { rows, singles };
  const average = { group: 'adapters', method: 'average', name: 'average of the adapters' } as const;
  return { rows: [...rows, rowOf(task, average, await fit('average', all))], singles };
}

/** Heads on pooled features, which one pass computes for all branches. */
async function onFeatures(bench: Workbench): Promise<FitBranch> {
  const { session, task, head } = bench.given;
  const width = session.model.backbone.hidden;
  const [train, measured] = [await bench.train(), await bench.measured()];
  return (what, indices, tested) => {
    const branch = bench.branchOf(what);
    const all = { rows: bench.rows, features: train.branches[branch]! };
    const test = tested
      ? partOf(all, width, tested)
      : { rows: task.measured.rows, features: measured.branches[branch]! };
    return headAnswers(session, task, head, partOf(all, width, indices), test);
  };
}

/** Some of the rows. */
function partOf({ rows, features }: FeatureRows, width: number, places: readonly number[]): FeatureRows {
  let input = 0;
  const begins = rows.map(({ group }) => (input += group.length) - group.length);
  const inputs = places.flatMap((row) => rows[row]!.group.map((_, at) => begins[row]! + at));
  const own = new Float32Array(inputs.length * width);
  inputs.forEach((from, to) => own.set(features.subarray(from * width, (from + 1) * width), to * width));
  return { rows: places.map((row) => rows[row]!), features: own };
}

/** Heads that read all tokens: the encoder is run in every step. */
function onEncoder(bench: Workbench): FitBranch {
  const { session, task, head, adapters, options } = bench.given;
  const { model, tokenizer } = session;
  const { configured } = [...model.heads.values()].find(({ instance }) => instance === head)!;
  return (what, indices, tested) => {
    const composition: Composition =
      what === 'none'
        ? { type: 'none' }
        : what === 'average'
          ? { type: 'average', children: adapters.map(({ name }) => name) }
          : what.adapter;
    const rowsAt = (places: readonly number[]): TrainingRow[] => places.map((row) => bench.rows[row]!);
    return withTrainedHead(
      session,
      task,
      { composition, head: configured, rows: rowsAt(indices) },
      options,
      async (name) => {
        const told = {
          head: name,
          composition,
          batchSize: 32,
          metrics: [],
          kind: task.data.kind,
          padId: tokenizer.padId,
        };
        const { predictions } = await evaluate(model, tested ? rowsAt(tested) : task.measured.rows, told);
        return { predictions, trained: model.parameters.count((path) => path.startsWith(`heads/${name}/`)) };
      },
    );
  };
}

/** The first metric of a head on a fifth of the training examples, trained on the rest; negative where smaller is better. */
async function heldOut(
  { rows, given: { task } }: Workbench,
  fit: (train: readonly number[], test: readonly number[]) => Promise<Answers>,
): Promise<number> {
  const { kind, metrics } = task.data;
  const spans = exampleSpans(rows);
  const strata = spans.map(() => 0);
  const split = stratifiedSplit(strata, { validation: 0.2, seed: task.settings.seed }, 'the training rows');
  const [train, held] = [split.train, split.validation].map((part) =>
    part.flatMap((example) => {
      const [from, until] = spans[example]!;
      return Array.from({ length: until - from }, (_, at) => from + at);
    }),
  );
  const { predictions } = await fit(train!, held!);
  const metric = metrics[0]!;
  const targets = exampleTargets(
    kind,
    held!.map((row) => rows[row]!),
  );
  const value = measure(kind, [metric], predictions, targets)[metric]!;
  return kind.metrics.find(({ name }) => name === metric)!.better === 'lower' ? -value : value;
}

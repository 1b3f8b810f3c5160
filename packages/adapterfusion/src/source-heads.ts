import { logLoss } from '@adapterfusion/metrics';
import type { HeadPart } from '@adapterfusion/runtime';
import { dispose, read, scope, tensor } from '@adapterfusion/tensor';
import type { TableRow } from './events.js';
import { features } from './features.js';
import { labelOrder, samePooling } from './source-priors.js';
import { likeliest, rowOf } from './table-row.js';
import { freeName } from './train-adapter.js';
import type { Workbench } from './workbench.js';

/** Logits of an adapter's own head. */
interface HeadLogits {
  readonly name: string;
  /** `[rows, classes]`, in the order of the target's labels. */
  readonly train: Float64Array;
  readonly measured: Float64Array;
}

/**
 * The related adapters' own heads, where their labels are the target's: the best of them by the training rows, and the mean
 * of their logits. No label of the target is used, but to choose the best. The target's own adapter is left out. With the
 * option `sameLabels` heads with as many labels count as equal, label by label, whatever their names.
 */
export async function sourceHeads(bench: Workbench): Promise<TableRow[]> {
  const { task, adapters, own, options } = bench.given;
  const { labels } = task.data;
  const classes = labels.length;
  const found: HeadLogits[] = [];
  for (const adapter of adapters) {
    const order = own.some(({ name }) => name === adapter.name)
      ? undefined
      : labelOrder(adapter, task.data, options.sameLabels);
    if (!order) continue;
    const inOrder = async (rows: 'train' | 'measured'): Promise<Float64Array> => {
      const logits = await headLogits(bench, adapter.name, adapter.head!, rows);
      return logits.map((_, at) => logits[at - (at % classes) + order[at % classes]!]!);
    };
    found.push({ name: adapter.name, train: await inOrder('train'), measured: await inOrder('measured') });
  }
  if (found.length === 0) return [];
  const loss = (logits: Float64Array): number =>
    logLoss(softmaxRows(logits, classes), bench.labels, classes, bench.classWeights);
  const best = found.reduce((a, b) => (loss(b.train) < loss(a.train) ? b : a));
  const answers = (logits: Float64Array) => ({ predictions: likeliest(logits, classes), trained: 0 });
  const single = { group: 'adapters', method: 'source-heads', name: `best source head (${best.name})` } as const;
  const rows: TableRow[] = [rowOf(task, single, answers(best.measured), loss(best.train))];
  if (found.length === 1) return rows;
  const mean = (which: 'train' | 'measured'): Float64Array =>
    best[which].map((_, at) => found.reduce((sum, each) => sum + each[which][at]!, 0) / found.length);
  const pooled = { group: 'adapters', method: 'pooled-heads', name: 'mean of the source heads' } as const;
  return [...rows, rowOf(task, pooled, answers(mean('measured')), loss(mean('train')))];
}

/** Logits of a bundle's head on its adapter's features, `[rows, classes]` in the order of its own labels. */
async function headLogits(
  bench: Workbench,
  adapter: string,
  part: HeadPart,
  rows: 'train' | 'measured',
): Promise<Float64Array> {
  const { session, task, head, options } = bench.given;
  const { model, registry } = session;
  const name = freeName([...model.heads.keys()], 'source-head');
  model.addHead(
    name,
    registry.configure('head', part.plugin, part.options),
    part.labels,
    { values: part.values },
    part.task,
  );
  const { instance, params, configured } = model.heads.get(name)!;
  try {
    const pooled = samePooling(session, head, configured)
      ? (await bench[rows]()).branches[bench.branchOf({ adapter })]!
      : rows === 'train'
        ? (await bench.trainFeatures([adapter], instance)).branches[0]!
        : (await features(session, task.measured.rows, instance, [adapter], options)).branches[0]!;
    const width = model.backbone.hidden;
    const input = tensor(pooled, [pooled.length / width, width]);
    const logits = scope(() => instance.forward(params, input));
    const values = Float64Array.from(await read(logits));
    dispose([input, logits]);
    return values;
  } finally {
    model.remove('heads', name);
  }
}

/** Probabilities of a bundle's head on its adapter's features, `[rows, classes]`. */
export async function headScores(
  bench: Workbench,
  adapter: string,
  part: HeadPart,
  rows: 'train' | 'measured',
): Promise<Float64Array> {
  return softmaxRows(await headLogits(bench, adapter, part, rows), part.labels.length);
}

/** Probabilities of logits, `[rows, classes]`. */
function softmaxRows(logits: Float64Array, classes: number): Float64Array {
  const result = new Float64Array(logits.length);
  for (let from = 0; from < logits.length; from += classes) {
    const row = logits.subarray(from, from + classes);
    const most = Math.max(...row);
    const powers = row.map((logit) => Math.exp(logit - most));
    const total = powers.reduce((sum, power) => sum + power, 0);
    powers.forEach((power, at) => (result[from + at] = power / total));
  }
  return result;
}

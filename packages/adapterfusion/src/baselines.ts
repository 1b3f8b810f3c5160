import type { Head, LoopSettings } from '@adapterfusion/contracts';
import { stratifiedSplit } from '@adapterfusion/data';
import { computeMetrics, logisticRegression, majorityClass } from '@adapterfusion/metrics';
import type { Composition } from '@adapterfusion/model';
import { dispose, read } from '@adapterfusion/tensor';
import { pad, sequentialBatches } from '@adapterfusion/text';
import { evaluate, resolveSettings, trainLoop, type TrainingRow } from '@adapterfusion/training';
import type { TableRow } from './events.js';
import { FeatureModel } from './feature-model.js';
import type { CommonOptions } from './options.js';
import { pause } from './pause.js';
import type { Task } from './task.js';
import type { Session } from './session.js';

/** Steps that a head gets at least; on features that are computed already they cost next to nothing. */
const LEAST_STEPS = 300;

/** Rows of a pass, all branches together: what its memory is proportional to. */
const ROWS_AT_ONCE = 64;

/** What heads read, `[rows, hidden]` row-major, of every branch of one pass: the bare encoder, then each adapter. */
interface Features {
  readonly branches: readonly Float32Array[];
  /** Mean over tokens of the bare encoder's hidden states. */
  readonly embedding: Float32Array;
}

/**
 * Simpler ways to do a fusion's task, on the same rows: the most frequent label; logistic regression on the bare encoder's
 * mean embedding; a new head on the bare encoder; a new head on the best given adapter, chosen on a tenth of the training
 * rows. Encoder and adapters are frozen and without dropout: their outputs are computed once, all branches in one pass.
 */
export async function compare(
  session: Session,
  task: Task,
  head: Head,
  adapters: readonly string[],
  options: CommonOptions,
): Promise<TableRow[]> {
  const measured = task.validation.length > 0 ? task.validation : task.train;
  const { labels, dataset } = task.data;
  const score = (predictions: readonly number[]) =>
    computeMetrics(
      [...dataset.metrics],
      [...predictions],
      measured.map(({ label }) => label),
      { labels: [...labels] },
    );
  const before = session.model.composition;
  session.model.compose({ type: 'parallel', children: [{ type: 'none' }, ...adapters] });
  const train = await features(session, task.train, head, options);
  const test = await features(session, measured, head, options);
  session.model.compose(before);

  const hidden = session.model.backbone.hidden;
  const truth = task.train.map(({ label }) => label);
  const regression = logisticRegression(train.embedding, truth, { width: hidden, classes: labels.length });
  const guess = majorityClass(truth);
  const settings = headSettings(session, task);
  const fit = (branch: number, rows: readonly number[] | undefined, score: readonly number[] | undefined) =>
    fitHead(
      session,
      task,
      head,
      train.branches[branch]!,
      rows,
      score ? train.branches[branch]! : test.branches[branch]!,
      score,
      settings,
    );

  const alone = await fit(0, undefined, undefined);
  const { train: kept, validation: held } = stratifiedSplit(
    truth,
    { validation: 0.1, seed: task.settings.seed },
    task.data.name,
  );
  const tried: { name: string; branch: number; score: number }[] = [];
  for (const [index, name] of adapters.entries())
    tried.push({ name, branch: index + 1, score: (await fit(index + 1, kept, held)).accuracy });
  const best = tried.reduce((a, b) => (b.score > a.score ? b : a));
  const single = await fit(best.branch, undefined, undefined);
  return [
    { name: 'majority', metrics: score(measured.map(() => guess)), trained: 0 },
    {
      name: 'embedding + logistic regression',
      metrics: score(regression.predict(test.embedding)),
      trained: labels.length * (hidden + 1),
    },
    { name: 'head only', metrics: score(alone.predictions), trained: alone.trained },
    { name: `best single adapter (${best.name})`, metrics: score(single.predictions), trained: single.trained },
  ];
}

/** The head trainer's own, with as many epochs as the task has and enough for a small task to be learned at all. */
function headSettings({ registry }: Session, { settings, train }: Task): LoopSettings {
  const { seed, batchSize, epochs } = settings;
  const enough = Math.ceil((LEAST_STEPS * batchSize) / train.length);
  const own = registry.configure('trainer', 'head').create({}).defaults;
  return resolveSettings({ seed, batchSize, epochs: Math.max(epochs, enough) }, own);
}

/** Trains a fresh head on features; on `rows` of them, measured on `scored` of the others. */
async function fitHead(
  session: Session,
  task: Task,
  head: Head,
  train: Float32Array,
  rows: readonly number[] | undefined,
  test: Float32Array,
  scored: readonly number[] | undefined,
  settings: LoopSettings,
): Promise<{ predictions: readonly number[]; accuracy: number; trained: number }> {
  const measured = scored ? task.train : task.validation.length > 0 ? task.validation : task.train;
  const all = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const asRow =
    (source: readonly TrainingRow[]) =>
    (index: number): TrainingRow => ({ ids: [index], types: [0], label: source[index]!.label });
  const model = new FeatureModel(head, session.model.backbone.hidden, settings.seed);
  try {
    model.use(train);
    const run = trainLoop({
      model,
      head: 'head',
      rows: (rows ?? all(task.train.length)).map(asRow(task.train)),
      phase: { name: 'head', trains: () => true, settings },
      metrics: task.data.dataset.metrics,
      labels: task.data.labels,
      backend: session.backend,
    });
    for await (const event of run) void event;
    model.use(test);
    const wanted = (scored ?? all(measured.length)).map(asRow(measured));
    const options = { head: 'head', batchSize: 256, metrics: ['accuracy'], labels: task.data.labels };
    const { predictions, metrics } = await evaluate(model, wanted, options);
    return { predictions, accuracy: metrics.accuracy!, trained: model.parameters.count() };
  } finally {
    model.dispose();
  }
}

async function features(
  { model, tokenizer, registry }: Session,
  rows: readonly TrainingRow[],
  head: Head,
  options: CommonOptions,
): Promise<Features> {
  const width = model.backbone.hidden;
  const count = (model.composition as Extract<Composition, { type: 'parallel' }>).children.length;
  const branches = Array.from({ length: count }, () => new Float32Array(rows.length * width));
  const embedding = new Float32Array(rows.length * width);
  const meanHead = registry
    .configure('head', 'classification', { pooling: 'mean' })
    .create({ hidden: width, labels: 2, dropout: 0 });
  let done = 0;
  for (const indices of sequentialBatches(
    rows.map(({ ids }) => ids.length),
    Math.max(1, Math.floor(ROWS_AT_ONCE / count)),
  )) {
    await pause(options.signal, 'comparison');
    const batch = pad(
      indices.map((index) => rows[index]!),
      { padId: tokenizer.padId },
    );
    const reached = model.forward(batch);
    const pooled = model.pool(head, reached);
    const means = model.pool(meanHead, reached);
    const [values, meanValues] = [await read(pooled), await read(means)];
    dispose([pooled, means, reached.hidden, reached.mask]);
    indices.forEach((index, row) => {
      embedding.set(meanValues.subarray(row * width, (row + 1) * width), index * width);
      branches.forEach((target, branch) => {
        const from = (branch * indices.length + row) * width;
        target.set(values.subarray(from, from + width), index * width);
      });
    });
    done += indices.length;
    options.onProgress?.({ stage: 'features', done, total: rows.length });
  }
  return { branches, embedding };
}

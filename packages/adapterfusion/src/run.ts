import type { Files, TrainEvent } from '@adapterfusion/contracts';
import { sha256 } from '@adapterfusion/checkpoint';
import { describeModel, type Setup } from '@adapterfusion/runtime';
import { read } from '@adapterfusion/tensor';
import type { Model } from '@adapterfusion/model';
import {
  allRows,
  checkpointStore,
  evaluate,
  exampleTargets,
  type Evaluation,
  type LoopTask,
} from '@adapterfusion/training';
import { fusionAttention } from './attention-summary.js';
import type { RunEvent } from './events.js';
import type { TrainingOptions } from './options.js';
import { foldTasks, type OwnFolds } from './own-folds.js';
import { startsFitted } from './head-start.js';
import type { Session } from './session.js';
import type { Task } from './task.js';
import { trainerHost, trainerTask, whileFrozen } from './trainer-host.js';

/**
 * Runs the strategy; goes on where a killed run of the same configuration stopped.
 * @param tasks by the names of their heads, all with the same trainer and settings
 * @param composed what acts on the rows of a task; by default the model's own composition on those of all
 * @param own own adapters that have not seen the rows of the only task's folds: it is trained on with these
 */
export async function* runTrainer(
  session: Session,
  tasks: ReadonlyMap<string, Task>,
  options: TrainingOptions,
  composed: (task: string) => Pick<LoopTask, 'composition'> = () => ({}),
  own?: OwnFolds,
): AsyncGenerator<TrainEvent, void, void> {
  const { model, files } = session;
  const loopTasks: LoopTask[] = [];
  for (const [head, { data, train, validation }] of tasks) {
    const loopTask = { head, validation, metrics: data.metrics, kind: data.kind, ...composed(head) };
    if (own) loopTasks.push(...foldTasks(session, loopTask, await allRows(train), own));
    else loopTasks.push({ ...loopTask, rows: train });
  }
  const [[head, { settings, trainer }]] = [...tasks] as [[string, Task]];
  const fitted = [...tasks].filter(([name, task]) => startsFitted(options, task, model.heads.get(name)!.instance));
  const marks = [...(fitted.length > 0 ? ['fitted head'] : []), ...(own ? ['cross-fitted own adapters'] : [])];
  const identity = await identityOf(session, trainer, marks);
  await checkWritable(files, runFolder(options.out));
  yield* trainer.create({}).run({
    settings,
    adapters: [...model.adapters.keys()],
    fusions: [...model.fusions.keys()],
    tasks: [...tasks].map(([name, { train, data }]) => trainerTask(name, train, data.kind)),
    head,
    encoder: [...new Set([...tasks.keys()].flatMap((name) => model.encoderPaths(name)))],
    layers: model.backbone.layers,
    ...trainerHost(session, loopTasks, {
      identity,
      checkpoint: checkpointStore(files, runFolder(options.out)),
      force: options.force ?? false,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.onDamage ? { warn: options.onDamage } : {}),
    }),
    evaluate: (name = head) =>
      whileFrozen(model, async () => {
        const { composition } = composed(name);
        return (await answer(session, tasks.get(name)!, name, options, composition)).metrics;
      }),
  });
}

/** Whatever a run's result depends on beside rows and settings. */
async function identityOf(
  { model, encoder }: Session,
  trainer: Task['trainer'],
  marks: readonly string[],
): Promise<string> {
  const described = await describeModel(model);
  const frozen = [...described.adapters, ...described.fusions].map(([name, part]) => [name, part.plugin, part.options]);
  const values = await hashOfValues(described, model);
  const parts = [encoder.fingerprint, described.composition, frozen, values, trainer, ...marks];
  return sha256(JSON.stringify(parts));
}

/** Where a run's checkpoints lie until its bundle is written. */
export const runFolder = (out: string): string => `${out.replace(/[/\\]+$/, '')}.run`;

/** Finds a place that cannot be written to now rather than after the first epoch. @throws FILE_WRITE_FAILED */
export async function checkWritable(files: Files, folder: string): Promise<void> {
  const there = await files.kind(folder);
  const probe = files.join(folder, 'probe');
  await files.write(probe, new Uint8Array());
  await files.remove(there === undefined ? folder : probe);
}

/** The initial values of what the fingerprint leaves out, the pooler and the adapters: a run with other ones is another run. */
async function hashOfValues({ adapters }: Pick<Setup, 'adapters'>, model: Model): Promise<string[]> {
  const hashes: string[] = [];
  const add = async (path: string, data: Float32Array): Promise<unknown> =>
    hashes.push(`${path} ${await sha256(data)}`);
  for (const { path, fingerprint } of model.backbone.parameters)
    if (!fingerprint && model.parameters.has(path)) await add(path, await read(model.parameters.get(path)));
  for (const [name, { values }] of adapters) for (const [path, { data }] of values) await add(`${name}/${path}`, data);
  return hashes.sort();
}

/** What the model answers on the rows that the task is measured on. */
function answer(
  { model, tokenizer }: Session,
  task: Task,
  head: string,
  { signal }: TrainingOptions,
  composition?: unknown,
): Promise<Evaluation> {
  model.parameters.setTrainable(() => false);
  return evaluate(model, task.measured.rows, {
    head,
    composition,
    batchSize: 32,
    metrics: task.data.metrics,
    kind: task.data.kind,
    padId: tokenizer.padId,
    ...(signal ? { signal } : {}),
  });
}

/** Metrics on the rows that the task is measured on; tells `options.onMeasured`. */
export async function measure(
  session: Session,
  task: Task,
  head: string,
  options: TrainingOptions,
  composition?: unknown,
): Promise<Evaluation & { rows: number }> {
  const { rows, split } = task.measured;
  const begun = performance.now();
  const found = await answer(session, task, head, options, composition);
  const seconds = (performance.now() - begun) / 1000;
  if (options.onMeasured) {
    const attention =
      session.model.fusions.size > 0
        ? await fusionAttention(session, task.measured.rows, head, options.signal)
        : undefined;
    const { name: data, labels, kind } = task.data;
    const truth = exampleTargets(kind, rows);
    const { predictions, outputs } = found;
    const answered = { data, split, labels, truth, predictions, outputs, seconds };
    options.onMeasured({ ...answered, ...(attention ? { attention } : {}) });
  }
  return { ...found, rows: found.predictions.length };
}

/** True for the event that ends an interrupted run. */
export const wasInterrupted = (event: RunEvent): boolean => event.type === 'done' && event.interrupted;

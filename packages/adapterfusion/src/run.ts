import type { Files, TrainEvent } from '@adapterfusion/contracts';
import { sha256 } from '@adapterfusion/checkpoint';
import { describeModel, type Setup } from '@adapterfusion/runtime';
import { read } from '@adapterfusion/tensor';
import type { Model } from '@adapterfusion/model';
import { checkpointStore, evaluate, trainLoop, type Evaluation } from '@adapterfusion/training';
import { fusionAttention } from './attention-summary.js';
import type { RunEvent } from './events.js';
import type { TrainingOptions } from './options.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/** Runs the strategy on the model's composition; goes on where a killed run of the same configuration stopped. */
export async function* runTrainer(
  session: Session,
  task: Task,
  head: string,
  options: TrainingOptions,
): AsyncGenerator<TrainEvent, void, void> {
  const { model, files, backend, tokenizer, encoder } = session;
  const described = await describeModel(model);
  const frozen = [...described.adapters].map(([name, part]) => [name, part.plugin, part.options]);
  const identity = await sha256(
    new TextEncoder().encode(
      JSON.stringify([encoder.fingerprint, described.composition, frozen, await hashOfValues(described, model)]),
    ),
  );
  const measure = {
    head,
    batchSize: 32,
    metrics: task.data.dataset.metrics,
    labels: task.data.labels,
    padId: tokenizer.padId,
  };
  const trainer = task.trainer.create({});
  await checkWritable(files, runFolder(options.out));
  yield* trainer.run({
    settings: task.settings,
    adapters: [...model.adapters.keys()],
    fusions: [...model.fusions.keys()],
    head,
    encoder: model.encoderPaths(head),
    loop: (phase) =>
      trainLoop({
        ...measure,
        model,
        phase,
        rows: task.train,
        validation: task.validation,
        backend,
        identity,
        checkpoint: checkpointStore(files, runFolder(options.out)),
        force: options.force ?? false,
        ...(options.signal ? { signal: options.signal } : {}),
        ...(options.onDamage ? { warn: options.onDamage } : {}),
      }),
    evaluate: async () => (await evaluate(model, task.validation, measure)).metrics,
  });
}

/** Where a run's checkpoints lie until its bundle is written. */
export const runFolder = (out: string): string => `${out.replace(/[/\\]+$/, '')}.run`;

/** Finds a place that cannot be written to now rather than after the first epoch. @throws FILE_WRITE_FAILED */
async function checkWritable(files: Files, folder: string): Promise<void> {
  const there = await files.kind(folder);
  const probe = files.join(folder, 'probe');
  await files.write(probe, new Uint8Array());
  await files.remove(there === undefined ? folder : probe);
}

/** The initial values of what the fingerprint leaves out, the pooler and the adapters: a run with other ones is another run. */
async function hashOfValues({ adapters }: Pick<Setup, 'adapters'>, model: Model): Promise<string[]> {
  const hashes: string[] = [];
  const add = async (path: string, { buffer, byteOffset, byteLength }: Float32Array): Promise<unknown> =>
    hashes.push(`${path} ${await sha256(new Uint8Array(buffer, byteOffset, byteLength))}`);
  for (const { path, fingerprint } of model.backbone.parameters)
    if (!fingerprint && model.parameters.has(path)) await add(path, await read(model.parameters.get(path)));
  for (const [name, { values }] of adapters) for (const [path, { data }] of values) await add(`${name}/${path}`, data);
  return hashes.sort();
}

/** Metrics on the rows that the task is measured on; tells `options.onMeasured`. */
export async function measure(
  session: Session,
  task: Task,
  head: string,
  options: TrainingOptions,
): Promise<Evaluation & { rows: number }> {
  const { rows, split } = task.measured;
  const { labels, dataset, name } = task.data;
  session.model.parameters.setTrainable(() => false);
  const found = await evaluate(session.model, rows, {
    head,
    batchSize: 32,
    metrics: dataset.metrics,
    labels,
    padId: session.tokenizer.padId,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (options.onMeasured) {
    const attention =
      session.model.fusions.size > 0 ? await fusionAttention(session, task, head, options.signal) : undefined;
    const truth = rows.map(({ label }) => label);
    const answered = { data: name, split, labels, truth, predictions: found.predictions };
    options.onMeasured({ ...answered, ...(attention ? { attention } : {}) });
  }
  return { ...found, rows: rows.length };
}

/** True for the event that ends an interrupted run. */
export const wasInterrupted = (event: RunEvent): boolean => event.type === 'done' && event.interrupted;

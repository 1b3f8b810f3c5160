import {
  AdapterFusionError,
  type AnyConfigured,
  type Files,
  type Head,
  type LoopSettings,
  type TrainEvent,
} from '@adapterfusion/contracts';
import { sha256, type BundleKind, type MetricRecord } from '@adapterfusion/checkpoint';
import { majorityClass } from '@adapterfusion/metrics';
import { describeModel, writeBundle, type Setup } from '@adapterfusion/runtime';
import {
  checkpointStore,
  evaluate,
  resolveSettings,
  trainLoop,
  type Evaluation,
  type TrainingRow,
} from '@adapterfusion/training';
import type { DataEvent, RunEvent, SavedEvent } from './events.js';
import type { TrainingOptions } from './options.js';
import { openData, tokenize, type OpenData } from './rows.js';
import type { Session } from './session.js';

/** A task, ready to be trained on. */
export interface Task {
  readonly data: OpenData;
  readonly train: readonly TrainingRow[];
  /** Empty where the data has no validation split. */
  readonly validation: readonly TrainingRow[];
  readonly settings: LoopSettings;
  readonly trainer: AnyConfigured<'trainer'>;
}

/** Opens the data and settles the settings, before anything is trained. */
export async function openTask(session: Session, strategy: string, options: TrainingOptions): Promise<Task> {
  const { files, registry, tokenizer, model } = session;
  const trainer = registry.configure('trainer', strategy);
  const { defaults } = trainer.create({});
  const longest = Math.min(resolveSettings({}, defaults).maxLength, model.backbone.maxLength);
  const settings = resolveSettings(options.settings ?? {}, { ...defaults, maxLength: longest });
  if (settings.maxLength > model.backbone.maxLength)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'settings.maxLength',
      expected: `at most ${model.backbone.maxLength}, the encoder's positions`,
      got: String(settings.maxLength),
      fix: 'Choose a smaller one.',
    });
  const data = await openData(options, files, registry);
  const splits = await data.dataset.splits(data.source);
  const { rows: train } = await tokenize(data, 'train', tokenizer, settings.maxLength, options);
  const validation = splits.includes('validation')
    ? (await tokenize(data, 'validation', tokenizer, settings.maxLength, options)).rows
    : [];
  return { data, train, validation, settings, trainer };
}

/** What the data is, and what a majority guess scores on it. */
export function dataEvent({ data, train, validation }: Task): DataEvent {
  const guess = majorityClass(train.map(({ label }) => label));
  const measured = validation.length > 0 ? validation : train;
  const right = measured.filter(({ label }) => label === guess).length;
  return {
    type: 'data',
    name: data.name,
    labels: data.labels,
    train: train.length,
    validation: validation.length,
    majority: right / measured.length,
  };
}

/** Adds the task's head, new. */
export function addHead({ model, registry }: Session, name: string, task: Task, options: object | undefined): Head {
  model.addHead(name, registry.configure('head', 'classification', options), task.data.labels, {
    seed: task.settings.seed,
  });
  return model.heads.get(name)!.instance;
}

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
      JSON.stringify([encoder.fingerprint, described.composition, frozen, await hashOfValues(described)]),
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
const runFolder = (out: string): string => `${out.replace(/[/\\]+$/, '')}.run`;

/** Finds a place that cannot be written to now rather than after the first epoch. @throws FILE_WRITE_FAILED */
async function checkWritable(files: Files, folder: string): Promise<void> {
  const there = await files.kind(folder);
  const probe = files.join(folder, 'probe');
  await files.write(probe, new Uint8Array());
  await files.remove(there === undefined ? folder : probe);
}

/** The initial values of everything that is on the model: a run with other ones is another run. */
async function hashOfValues({ adapters }: Pick<Setup, 'adapters'>): Promise<string[]> {
  const hashes: string[] = [];
  for (const [name, { values }] of adapters)
    for (const [path, { data }] of values)
      hashes.push(`${name}/${path} ${await sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))}`);
  return hashes.sort();
}

/** Metrics on the validation rows, or on the training rows where there are none. */
export async function measure(
  session: Session,
  task: Task,
  head: string,
  options: TrainingOptions,
): Promise<Evaluation & { rows: number }> {
  const rows = task.validation.length > 0 ? task.validation : task.train;
  session.model.parameters.setTrainable(() => false);
  const found = await evaluate(session.model, rows, {
    head,
    batchSize: 32,
    metrics: task.data.dataset.metrics,
    labels: task.data.labels,
    padId: session.tokenizer.padId,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return { ...found, rows: rows.length };
}

/** Writes the bundle, removes the run's checkpoints. */
export async function save(
  session: Session,
  task: Task,
  kind: BundleKind,
  name: string,
  metrics: { readonly [name: string]: number },
  rows: number,
  options: TrainingOptions,
): Promise<SavedEvent> {
  const { files, registry, encoder, model, backend } = session;
  const absolute = /^([/\\]|[A-Za-z]:)/.test(encoder.id);
  const id = absolute
    ? encoder.id
        .replace(/[/\\]+$/, '')
        .split(/[/\\]/)
        .pop()!
    : encoder.id;
  const data = `${task.data.name}, ${task.validation.length > 0 ? 'validation' : 'train'}`;
  const records: MetricRecord[] = Object.entries(metrics).map(([metric, value]) => ({
    name: metric,
    value,
    data,
    rows,
  }));
  const described = await describeModel(model);
  const setup = {
    ...described,
    kind,
    name,
    backbone: { ...encoder, id },
    metrics: records,
    training: {
      strategy: task.trainer.plugin.id,
      data: task.data.name,
      licence: task.data.dataset.licence,
      trainRows: task.train.length,
      settings: { ...task.settings },
      backend: `${backend.name} ${backend.version}, ${backend.threads} threads`,
    },
  };
  await writeBundle(files, options.out, setup, registry, { replace: options.overwrite ?? false });
  await files.remove(runFolder(options.out));
  const stored = model.parameters.count((path) => /^(adapters|fusions|heads)\//.test(path));
  return { type: 'saved', path: options.out, metrics, stored };
}

/** True for the event that ends an interrupted run. */
export const wasInterrupted = (event: RunEvent): boolean => event.type === 'done' && event.interrupted;

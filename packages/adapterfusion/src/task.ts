import { AdapterFusionError, type AnyConfigured, type Head, type LoopSettings } from '@adapterfusion/contracts';
import { majorityClass } from '@adapterfusion/metrics';
import { resolveSettings, type TrainingRow } from '@adapterfusion/training';
import type { DataEvent } from './events.js';
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
export async function openTask(
  session: Session,
  trainer: AnyConfigured<'trainer'>,
  options: TrainingOptions,
): Promise<Task> {
  const { files, registry, tokenizer, model } = session;
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

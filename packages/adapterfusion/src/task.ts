import {
  AdapterFusionError,
  type AnyConfigured,
  type Head,
  type LoopSettings,
  type Split,
} from '@adapterfusion/contracts';
import { stratifiedSample } from '@adapterfusion/data';
import { majorityClass } from '@adapterfusion/metrics';
import { resolveSettings, type TrainingRow } from '@adapterfusion/training';
import type { DataEvent } from './events.js';
import type { TrainingOptions } from './options.js';
import { labelled, openData, tokenize, type OpenData } from './rows.js';
import type { Session } from './session.js';

/** A task, ready to be trained on. */
export interface Task {
  readonly data: OpenData;
  readonly train: readonly TrainingRow[];
  /** Training rows that there are, of which `train` may be a part. */
  readonly available: number;
  /** Measured after every epoch. Empty where the data has no validation split, or nobody wants it. */
  readonly validation: readonly TrainingRow[];
  /** What results are measured on. */
  readonly measured: { readonly split: Split; readonly rows: readonly TrainingRow[] };
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
  const measureOn = options.measureOn ?? (splits.includes('validation') ? 'validation' : 'train');
  if (measureOn !== 'train' && !splits.includes(measureOn))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'measureOn',
      expected: `a split that ${data.name} has: ${splits.join(', ')}`,
      got: `"${measureOn}"`,
      fix: 'Choose one of them (--measure-on).',
    });
  const rows: Partial<Record<Split, readonly TrainingRow[]>> = {};
  let available = 0;
  const validate = options.validate !== false && splits.includes('validation');
  for (const split of new Set<Split>(['train', ...(validate ? (['validation'] as const) : []), measureOn])) {
    const examples = await labelled(data, split);
    if (split === 'train') available = examples.length;
    const used = split === 'train' ? sample(examples, options.trainRows, settings.seed) : examples;
    rows[split] = await tokenize(used, data, split, tokenizer, settings.maxLength, options);
  }
  const train = rows.train!;
  const validation = validate ? rows.validation! : [];
  return {
    data,
    train,
    available,
    validation,
    measured: { split: measureOn, rows: rows[measureOn]! },
    settings,
    trainer,
  };
}

/** A part of the training rows, every class with its share. @throws OPTIONS_INVALID for too few or too many */
function sample<T extends { readonly label: number }>(
  all: readonly T[],
  wanted: number | undefined,
  seed: number,
): readonly T[] {
  if (wanted === undefined) return all;
  const labels = all.map(({ label }) => label);
  const least = new Set(labels).size;
  if (!Number.isInteger(wanted) || wanted < least || wanted > all.length)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'trainRows',
      expected: `a whole number from ${least}, one row for every label, to ${all.length}, the rows that there are`,
      got: String(wanted),
      fix: 'Choose another number (--train-rows), or leave it away to use all rows.',
    });
  return stratifiedSample(labels, { rows: wanted, seed }).map((index) => all[index]!);
}

/** What the data is, and what a majority guess scores on it. */
export function dataEvent({ data, train, available, validation, measured }: Task): DataEvent {
  const guess = majorityClass(train.map(({ label }) => label));
  const right = measured.rows.filter(({ label }) => label === guess).length;
  return {
    type: 'data',
    name: data.name,
    labels: data.labels,
    train: train.length,
    available,
    validation: validation.length,
    measured: { split: measured.split, rows: measured.rows.length },
    majority: right / measured.rows.length,
  };
}

/** Adds the task's head, new. */
export function addHead({ model, registry }: Session, name: string, task: Task, options: object | undefined): Head {
  model.addHead(name, registry.configure('head', 'classification', options), task.data.labels, {
    seed: task.settings.seed,
  });
  return model.heads.get(name)!.instance;
}

import { AdapterFusionError, type AnyConfigured, type LoopSettings } from '@adapterfusion/contracts';
import { stratifiedSample, stratifiedSplit } from '@adapterfusion/data';
import type { TfidfText } from '@adapterfusion/metrics';
import {
  exampleRows,
  exampleTargets,
  measure,
  resolveSettings,
  targetsOf,
  type TrainingRow,
  type TrainingRows,
} from '@adapterfusion/training';
import { labelNameWarnings, splitWarnings } from './data-warnings.js';
import type { DataEvent, MeasuredSplit } from './events.js';
import type { HeadStart } from './head-start.js';
import type { TrainingOptions } from './options.js';
import { Overlap } from './overlap.js';
import { classMetric, openData, targeted, tokenize, type OpenData, type Targeted } from './rows.js';
import { RowsFingerprint } from './rows-fingerprint.js';
import type { Session } from './session.js';
import { headFor, namesPooling, provideHead } from './task-head.js';
import { cachedTokens } from './token-cache.js';
import { trainingDefaults, type TrainingCase } from './training-defaults.js';
import { unknownShare } from './unknown-tokens.js';

/** A task, ready to be trained on. */
export interface Task {
  readonly data: OpenData;
  readonly train: TrainingRows;
  /** Training rows that there are, of which `train` may be a part. */
  readonly available: number;
  /** Measured after every epoch. Empty where the data has no validation split, or nobody wants it. */
  readonly validation: readonly TrainingRow[];
  /** Validation rows that no result is measured on. */
  readonly heldOut: number;
  /** Whether classes are so unequal that results are compared by macro F1, and heads do not start at random. */
  readonly unequal: boolean;
  /** What results are measured on. */
  readonly measured: { readonly split: MeasuredSplit; readonly rows: readonly TrainingRow[] };
  readonly settings: LoopSettings;
  readonly trainer: AnyConfigured<'trainer'>;
  /** How the user wants the head to start. */
  readonly headStart?: HeadStart;
  /** The user's settings, which defaults complete. */
  readonly given: Partial<LoopSettings>;
  /** Texts of the training rows and of the measured rows, in order; absent where the rows are read from a cache. */
  readonly texts?: { readonly train: readonly TfidfText[]; readonly measured: readonly TfidfText[] };
  /** Of the training rows' texts and labels, in any order. */
  readonly fingerprint: string;
  /** How the head pools tokens; undefined for a head without this option. */
  readonly pooling: string | undefined;
  /** Share of the training rows' tokens that the encoder does not know; undefined where they come from a cache. */
  readonly unknownTokens: number | undefined;
}

/** Opens the data and settles the settings, before anything is trained. */
export async function openTask(
  session: Session,
  trainer: AnyConfigured<'trainer'>,
  options: TrainingOptions,
  method: string = trainer.plugin.id,
): Promise<Task> {
  const { files, registry, tokenizer } = session;
  const given = options.settings ?? {};
  // Checked before data are read; the number of rows may choose other defaults afterwards.
  let settings = settingsOf(session, trainer, { method, rows: 0 }, given);
  const { model } = session;
  if (settings.maxLength > model.backbone.maxLength)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'settings.maxLength',
      expected: `at most ${model.backbone.maxLength}, the encoder's positions`,
      got: String(settings.maxLength),
      fix: 'Choose a smaller one.',
    });
  const data = await openData(options, files, registry);
  await provideHead(registry, options.head, data);
  const splits = await data.dataset.splits(data.source);
  const { holdOut } = options;
  const measureOn = options.measureOn ?? (splits.includes('validation') ? 'validation' : 'train');
  const known: readonly MeasuredSplit[] = [...splits, ...(holdOut === undefined ? [] : (['held-out'] as const))];
  if (measureOn !== 'train' && !known.includes(measureOn))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'measureOn',
      expected: `a split that ${data.name} has: ${known.join(', ')}`,
      got: `"${measureOn}"`,
      fix: 'Choose one of them (--measure-on).',
    });
  checkCache(options, measureOn);
  const { cache } = options;
  const examples = cache === undefined ? await targeted(data, 'train') : [];
  const stratum = ({ target }: Targeted): number => data.kind.stratum(target) ?? 0;
  const used = sample(examples, stratum, options.trainRows, settings.seed);
  const kept =
    holdOut === undefined ? { train: used, heldOut: [] } : hold(used, stratum, holdOut, settings.seed, data.name);
  const validated: MeasuredSplit = holdOut === undefined ? 'validation' : 'held-out';
  const validate = options.validate !== false && known.includes(validated);
  const examplesOf = (split: MeasuredSplit): typeof used | Promise<typeof used> =>
    split === 'train' ? kept.train : split === 'held-out' ? kept.heldOut : targeted(data, split);
  const measured = new Map<MeasuredSplit, typeof used>();
  for (const split of [...(validate ? [validated] : []), measureOn])
    if (!measured.has(split)) measured.set(split, await examplesOf(split));
  const overlap = [...measured]
    .filter(([split]) => split !== 'train')
    .map(([split, rows]) => new Overlap(split, rows, data.kind));
  const fingerprint = new RowsFingerprint(data.kind);
  const see = (row: Targeted): void => {
    overlap.forEach((each) => each.see(row));
    fingerprint.add(row);
  };
  kept.train.forEach(see);
  const heldOut = validate && validated !== measureOn ? measured.get(validated)!.length : 0;
  const stored = cache && (await cachedTokens(session, data, 'train', cache, settings.maxLength, { ...options, see }));
  for (const each of overlap) {
    const warning = each.warning(data.name);
    if (warning !== undefined) options.onWarning?.(warning);
  }
  const trainRows = stored ? stored.length : kept.train.length;
  const classes = data.singleLabel
    ? ((stored ? targetsOf(stored) : kept.train.map(({ target }) => target)) as readonly number[])
    : [];
  const unequal = options.headStart !== 'random' && classes.length > 0 && classMetric(data, classes) === 'macro-f1';
  settings = settingsOf(session, trainer, { method, rows: trainRows, heldOut, unequal }, given);
  const rows: Partial<Record<MeasuredSplit, Tokenized>> = {};
  for (const split of new Set<MeasuredSplit>([...(stored ? [] : (['train'] as const)), ...measured.keys()]))
    rows[split] = await tokenize(
      split === 'train' ? kept.train : measured.get(split)!,
      data,
      split,
      tokenizer,
      settings.maxLength,
      options,
    );
  const textsOf = ({ example }: Targeted): TfidfText => {
    const [text = '', ...more] = data.kind.texts(example);
    return more.length > 0 ? { text, pair: more.join(' ') } : { text };
  };
  const { pooling } = headFor(session, data, options.head).options as { readonly pooling?: string };
  if (!namesPooling(options.head) && session.pooling.warning !== undefined)
    options.onWarning?.(session.pooling.warning);
  const train: TrainingRows = stored || rows.train!.rows;
  warnOfRows(data, train, rows, { split: measureOn, rows: rows[measureOn]!.rows.length }, options);
  const validation = validate ? rows[validated]!.rows : [];
  return {
    data,
    train,
    available: stored ? stored.length : examples.length,
    validation,
    ...{ heldOut, unequal },
    measured: { split: measureOn, rows: rows[measureOn]!.rows },
    settings,
    trainer,
    given,
    ...(options.headStart ? { headStart: options.headStart } : {}),
    pooling,
    unknownTokens: rows.train && unknownShare(rows.train.counts),
    fingerprint: await fingerprint.digest(),
    ...(stored || !data.singleLabel
      ? {}
      : { texts: { train: kept.train.map(textsOf), measured: (measured.get(measureOn) ?? kept.train).map(textsOf) } }),
  };
}

type Tokenized = Awaited<ReturnType<typeof tokenize>>;

/** Below this number of measured rows a figure says next to nothing. */
const FEW_MEASURED = 20;

/** Warns of labels and numbers of rows that make results worthless. */
function warnOfRows(
  { name, labels, singleLabel }: OpenData,
  train: TrainingRows,
  tokenized: { readonly [split: string]: Tokenized | undefined },
  measured: { readonly split: MeasuredSplit; readonly rows: number },
  { onWarning }: TrainingOptions,
): void {
  const rows = targetsOf(train);
  const counts = singleLabel
    ? labels.map((label, index) => ({ label, rows: rows.filter((each) => each === index).length }))
    : [];
  const splits = Object.entries(tokenized).filter(([split]) => split !== 'train');
  const warnings = [
    ...labelNameWarnings(name, labels),
    ...splitWarnings({ what: `${name}, "train"`, rows: train.length, labels: counts }, true),
    ...splits.flatMap(([split, found]) =>
      splitWarnings({ what: `${name}, "${split}"`, rows: found!.rows.length, labels: [] }, false),
    ),
  ];
  for (const warning of warnings) onWarning?.(warning);
  if (measured.split === 'train' || measured.rows >= FEW_MEASURED || !singleLabel) return;
  const points = (98 / Math.sqrt(measured.rows)).toFixed(0);
  onWarning?.(
    `${name}: ${measured.rows} "${measured.split}" rows to measure on: an accuracy on so few is certain to about ${points} points. ` +
      'Give more of them: a file of their own, or a larger share (--data-option validation=0.3).',
  );
}

/** Complete settings: the user's, then the defaults for this case; `maxLength` within the encoder's positions. */
export function settingsOf(
  { model: { backbone } }: Session,
  trainer: AnyConfigured<'trainer'>,
  what: Omit<TrainingCase, 'width'>,
  given: Partial<LoopSettings>,
): LoopSettings {
  const defaults = trainingDefaults({ ...what, width: backbone.hidden }, trainer);
  const longest = Math.min(resolveSettings({}, defaults).maxLength, backbone.maxLength);
  return resolveSettings(given, { ...defaults, maxLength: longest });
}

/** Refuses what would need the rows of a cache in memory. @throws OPTIONS_INVALID */
function checkCache({ cache, trainRows, holdOut }: TrainingOptions, measureOn: MeasuredSplit): void {
  if (cache === undefined) return;
  const reason =
    trainRows !== undefined
      ? 'trainRows'
      : holdOut !== undefined
        ? 'holdOut'
        : measureOn === 'train'
          ? 'measureOn'
          : '';
  if (reason === '') return;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'cache',
    expected: `all rows of "train" to train on, and others to measure on`,
    got: reason === 'measureOn' ? 'no other rows to measure on' : `the option ${reason}`,
    fix: 'Leave the cache away (--cache), or give the rows to measure on as a file of their own.',
  });
}

/** A part of the training rows, every stratum with its share. @throws OPTIONS_INVALID for too few or too many */
function sample<T>(
  all: readonly T[],
  stratum: (row: T) => number,
  wanted: number | undefined,
  seed: number,
): readonly T[] {
  if (wanted === undefined) return all;
  const labels = all.map(stratum);
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

/** Holds out a part of the training rows, every stratum with its share. @throws OPTIONS_INVALID for a share that is none */
function hold<T>(
  all: readonly T[],
  stratum: (row: T) => number,
  share: number,
  seed: number,
  at: string,
): { train: readonly T[]; heldOut: readonly T[] } {
  if (!(share > 0 && share < 1))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'holdOut',
      expected: 'a share between 0 and 1',
      got: String(share),
      fix: 'Give for example 0.1.',
    });
  const labels = all.map(stratum);
  const { train, validation } = stratifiedSplit(labels, { validation: share, seed }, at);
  return { train: train.map((row) => all[row]!), heldOut: validation.map((row) => all[row]!) };
}

/** What the data is, and what the trivial answer scores on it. */
export function dataEvent({ data, train, available, validation, measured, pooling, unknownTokens }: Task): DataEvent {
  const { kind, task, singleLabel, metrics } = data;
  const guess = kind.baseline(targetsOf(train));
  const predictions = exampleRows(measured.rows).map(({ example }) => guess.predict(example ?? {}) as unknown);
  const metric = singleLabel ? 'accuracy' : metrics[0]!;
  const value = measure(kind, [metric], predictions, exampleTargets(kind, measured.rows))[metric]!;
  return {
    type: 'data',
    name: data.name,
    task: task.plugin.id,
    labels: data.labels,
    train: train.length,
    available,
    validation: validation.length,
    measured: { split: measured.split, rows: measured.rows.length },
    ...(pooling === undefined ? {} : { pooling }),
    ...(unknownTokens === undefined ? {} : { unknownTokens }),
    ...(Number.isNaN(value) ? {} : { baseline: { name: guess.name, metric, value } }),
  };
}

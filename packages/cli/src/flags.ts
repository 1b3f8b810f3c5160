import { AdapterFusionError } from '@adapterfusion/contracts';
import type { Output } from '@adapterfusion/terminal';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CommonOptions, DataOptions, TrainingOptions } from 'adapterfusion';
import { withCommon, type CommonFlags } from './run.js';

/** Options that say which rows are read. */
export interface DataFlags extends CommonFlags {
  readonly data: string;
  readonly dataDir?: string;
  readonly taskKind?: string;
  readonly text?: string;
  readonly pair?: string;
  readonly label?: string;
  readonly id?: string;
  readonly dataOption?: readonly string[];
}

type Settings = NonNullable<TrainingOptions['settings']>;

/** Options of everything that trains: the settings under the names that the loop has for them. */
export interface TrainingFlags extends DataFlags, Settings {
  readonly model: string;
  readonly out: string;
  readonly name?: string;
  readonly cache?: string;
  readonly trainRows?: number;
  readonly validate: boolean;
  readonly metric?: string;
  readonly measureOn?: 'train' | 'validation' | 'test';
  readonly head?: string;
  readonly pooling?: string;
  readonly headLayers?: number;
  readonly headStart?: 'random' | 'fitted';
  readonly otherRows?: readonly string[];
  readonly refitHead?: boolean;
  readonly overwrite?: boolean;
  readonly force?: boolean;
}

export function withData(command: Command): Command {
  return withColumns(withCommon(command).requiredOption('--data <file|task>', DATA));
}

/** What data may be. */
export const DATA = 'a file or folder of your own (TSV, CSV, JSON, Parquet), or a task: reviews-films, rte, cb …';

/** Options that say how data are read. */
export function withColumns(command: Command): Command {
  return command
    .option(
      '--data-dir <dir>',
      "the folder that holds a task's files, or hub://datasets/org/name/folder (the tasks reviews-… need none)",
    )
    .option('--task-kind <kind>', 'kind of task, such as token-classification (default: by the columns)')
    .option('--text <column>', 'column of the text')
    .option('--pair <column>', 'column of the second text')
    .option('--label <column>', 'column of the label')
    .option('--id <column>', 'column of an id that no two rows may share')
    .option('--data-option <key=value...>', 'another option of the data, such as validation=0.2', keyValue);
}

export function withTraining(command: Command): Command {
  return withData(command)
    .requiredOption(
      '--model <dir>',
      'folder, npm package or hub id (org/name@revision) of the encoder: config.json, model.safetensors, tokenizer.json',
    )
    .requiredOption('--out <bundle>', 'where the bundle is written')
    .option('--cache <dir>', 'keep the training rows as token ids on disk, not in memory')
    .option('--train-rows <n>', 'train on so many rows, every label with its share (default: all)', number)
    .addOption(new Option('--measure-on <split>', 'rows to measure on').choices(['train', 'validation', 'test']))
    .option(
      '--metric <name>',
      'the metric that methods, epochs and early stopping are compared by (default: macro-f1 where classes are unequal, else accuracy)',
    )
    .option(
      '--other-rows <data...>',
      'rows of others with the same labels, files or ids of installed tasks: reference lines of the table show what they would give, nothing else uses them',
    )
    .option('--no-validate', 'do not measure the validation rows after every epoch')
    .option('--epochs <n>', 'passes over the rows (default: by the rows)', number)
    .option('--batch-size <n>', 'rows at once (default: 16)', number)
    .option('--accumulate <n>', 'batches to one step of the optimiser (default: 1)', number)
    .option(
      '--learning-rate <x|auto>',
      'the highest learning rate (default: auto, by what is trained, the rows and the encoder)',
      rate,
    )
    .addOption(
      new Option('--optimizer <name>', 'AdamW, or SGD as in PyTorch (default: adamw)').choices(['adamw', 'sgd']),
    )
    .option('--momentum <x>', 'momentum of --optimizer sgd (default: 0)', number)
    .addOption(
      new Option('--schedule <name>', 'learning rate after warm-up (default: linear)').choices([
        'linear',
        'cosine',
        'constant',
      ]),
    )
    .option('--warmup <x>', 'share of the steps over which it rises (default: 0.06)', number)
    .option('--weight-decay <x>', 'weight decay, decoupled with adamw, L2 with sgd (default: 0)', number)
    .option('--clip <x>', 'largest norm of the gradient; 0: any (default: 1)', number)
    .option(
      '--patience <n>',
      'stop after so many epochs without improvement; 0: never (default: 0; a third of the epochs where at least 128 rows are held out that nothing is measured on)',
      number,
    )
    .addOption(
      new Option(
        '--keep <which>',
        'weights of which epoch (default: last; best where --patience is not 0 by default)',
      ).choices(['best', 'last']),
    )
    .addOption(
      new Option(
        '--class-weights <how>',
        'how classes are weighed (default: none; balanced where classes are unequal, so that macro F1 counts, and the head starts fitted)',
      ).choices(['none', 'balanced']),
    )
    .addOption(
      new Option('--batching <how>', 'rows of similar length together, or as drawn (default: length)').choices([
        'length',
        'shuffle',
      ]),
    )
    .option('--max-length <n>', 'longest input in tokens (default: 128)', number)
    .option('--seed <n>', 'where all that is random comes from (default: 0)', number)
    .option(
      '--checkpoint-every <n>',
      'steps between checkpoints; 0: one at the end of each epoch (default: 200)',
      number,
    )
    .option(
      '--activation-cache <mib>',
      'memory in which what frozen lower layers make of each row is kept; their dropout is then off (default: 0)',
      number,
    )
    .option(
      '--head <method>',
      "the head's name[option=value,…], also of an installed package (default: the first for this kind of task)",
    )
    .addOption(
      new Option(
        '--pooling <how>',
        "what the head reads (default: the encoder's own, of 1_Pooling/config.json; else cls)",
      ).choices(['cls', 'pooler', 'mean']),
    )
    .option('--head-layers <n>', 'layers of the head: 1 or 2 (default: 1 where it starts fitted, else 2)', number)
    .addOption(
      new Option(
        '--head-start <how>',
        'fitted: in closed form before the first step; random: random weights (default: fitted, where the head has a closed form and the encoder is frozen)',
      ).choices(['random', 'fitted']),
    )
    .option('--refit-head', 'fit the head again in closed form when training has ended')
    .option('--overwrite', 'replace a bundle that is there')
    .option('--force', 'go on with a checkpoint of other settings or another backend');
}

/** As {@link withTraining}, with `--data`, `--data-dir` and `--train-rows` once for each of several tasks: lists. */
export function withTasks(command: Command): Command {
  const text = (value: string): string => value;
  const repeated: Readonly<Record<string, (value: string) => string | number>> = {
    data: text,
    dataDir: text,
    trainRows: number,
  };
  const training = withTraining(command);
  for (const option of training.options) {
    const parse = repeated[option.attributeName()];
    if (!parse) continue;
    option.description += '; several tasks: again for each';
    option.argParser((value, before: readonly (string | number)[] = []) => [...before, parse(value)]);
  }
  return training;
}

/** A number, or nothing for `auto`: what is left out is chosen. */
const rate = (value: string): number | undefined => (value === 'auto' ? undefined : number(value));

export function number(value: string): number {
  const parsed = Number(value);
  if (value.trim() === '' || Number.isNaN(parsed)) throw new InvalidArgumentError('It is not a number.');
  return parsed;
}

/** Collects `key=value`, as often as it is given. */
function keyValue(value: string, before: readonly string[] = []): string[] {
  if (!/^[^=]+=/.test(value)) throw new InvalidArgumentError('Write key=value.');
  return [...before, value];
}

export const names = (value: string): string[] => value.split(',').map((name) => name.trim());

export function commonOptions(flags: CommonFlags, output: Output, signal: AbortSignal): CommonOptions {
  return {
    // An unknown name is refused by the API, with what there is.
    backend: (flags.backend ?? 'auto') as NonNullable<CommonOptions['backend']>,
    signal,
    onProgress: output.stage,
    onWarning: output.warn,
  };
}

export function dataOptions({
  data,
  dataDir,
  taskKind: task,
  text,
  pair,
  label,
  id,
  dataOption = [],
}: DataFlags): DataOptions {
  const options = given({ task, text, pair, label, id, ...(Object.fromEntries(dataOption.map(entry)) as object) });
  return { data, ...given({ dataDir }), ...(Object.keys(options).length > 0 ? { dataOptions: options } : {}) };
}

/** The head that the flags name, or options of the default one. @throws OPTIONS_INVALID for both */
function headOf(head: string | undefined, options: object): string | object {
  if (head === undefined) return options;
  if (Object.keys(options).length === 0) return head;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: '--head',
    expected: 'its options in brackets',
    got: `${head}, and ${Object.keys(options).join(' and ')} beside it`,
    fix: 'For example --head "classification[layers=2,pooling=mean]".',
  });
}

export function trainingOptions(flags: TrainingFlags, output: Output, signal: AbortSignal): TrainingOptions {
  const { epochs, batchSize, accumulate, learningRate, warmup, weightDecay, clip, patience, keep, seed } = flags;
  const { maxLength, classWeights, batching, checkpointEvery, activationCache, pooling, headLayers } = flags;
  const { head, headStart, refitHead, otherRows, optimizer, momentum, schedule } = flags;
  const steps = { epochs, batchSize, accumulate, learningRate, warmup, weightDecay, clip, patience, keep, seed };
  const { model, out, cache, trainRows, validate, metric, measureOn, overwrite, force } = flags;
  return {
    ...commonOptions(flags, output, signal),
    ...dataOptions(flags),
    model,
    out,
    settings: given({
      ...steps,
      optimizer,
      momentum,
      schedule,
      maxLength,
      classWeights,
      batching,
      checkpointEvery,
      activationCache,
    }),
    head: headOf(head, given({ pooling, layers: headLayers })),
    ...given({ cache, trainRows, validate, metric, measureOn, overwrite, force, headStart, refitHead, otherRows }),
    onDamage: (warning) => output.warn(`${warning.code}: ${warning.message} An older checkpoint is used.`),
  };
}

/** What was given: without the keys whose value is undefined. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function entry(keyValue: string): [string, unknown] {
  const at = keyValue.indexOf('=');
  return [keyValue.slice(0, at), parsed(keyValue.slice(at + 1))];
}

/** A value that is JSON as such, any other as text. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

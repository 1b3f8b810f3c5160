import { resolveSettings } from '@adapterfusion/training';
import type { TrainingOptions } from 'adapterfusion';
import type { Budget, ExperimentFile } from './file.js';
import { chooses, choicesFor, settingsForAll } from './settings-of.js';
import type { Strategy } from './strategies.js';
import { dataOptionsOf, type Access, type CreateContext } from './surroundings.js';

/** A task of a run and its rows. */
interface RunTask {
  readonly name: string;
  readonly data: string;
  readonly dataDir?: string;
  readonly dataOptions?: object;
  readonly trainRows?: number;
}

/** What a run is given beside the encoder and its sources: data that can be written down. */
export type RunOptions = Pick<TrainingOptions, 'validate' | 'holdOut' | 'measureOn' | 'head' | 'headStart'> & {
  /** One, or several in the order in which they are learned. */
  readonly tasks: readonly RunTask[];
  readonly settings: NonNullable<TrainingOptions['settings']>;
  readonly adapter?: string;
  readonly fusion?: string;
};

/** Of what a run is the result. */
export interface Wanted {
  readonly strategy: Strategy;
  readonly task: string;
  readonly seed: number;
  readonly budget: Budget;
}

/** Share of the training rows by which things are chosen, where the file says nothing. */
const HOLD_OUT = 0.1;

/**
 * The options of a run. By the protocol `paper` the measured rows are looked at after every epoch; by `held-out` only
 * training rows that are held out, where anything is chosen, and the measured rows once.
 * @param names the tasks it learns
 * @param learningRate another than the file's, to be judged on held-out rows
 * @throws OPTIONS_INVALID for settings that the loop does not take
 */
export function optionsOf(
  file: ExperimentFile,
  wanted: Wanted,
  names: readonly string[],
  surroundings: CreateContext,
  path: Access['path'],
  learningRate?: number,
): RunOptions {
  const { strategy, task, seed } = wanted;
  const { entry, kind, trainer, trainsAdapter, several } = strategy;
  const chosen = several ? settingsForAll(file, strategy) : choicesFor(file, strategy, task).settings;
  const settings = { ...chosen, seed, ...(learningRate === undefined ? {} : { learningRate }) };
  const complete = resolveSettings(settings, trainer?.create({}).defaults ?? {}, `settings of ${entry.name}`);
  const measureOn = several ? undefined : file.tasks[task]!.measureOn;
  const head = entry.head ?? file.head;
  // A run without the field starts at random: the identity of runs that were done before stays as it is.
  const headStart = entry.headStart ?? file.headStart;
  const adapter = trainsAdapter ? (entry.adapter ?? file.adapter) : undefined;
  const fusion = kind === 'fuse' ? (entry.fusion ?? file.fusion) : undefined;
  return {
    tasks: names.map((name) =>
      taskOf(file, { ...wanted, task: name, ...(name === task ? {} : { budget: 'all' }) }, surroundings, path),
    ),
    settings,
    ...(learningRate === undefined
      ? { ...(measureOn === undefined ? {} : { measureOn }), ...judged(file, chooses(complete)) }
      : { measureOn: 'held-out', holdOut: file.holdOut ?? HOLD_OUT, validate: chooses(complete) }),
    ...(head === undefined ? {} : { head }),
    ...(headStart === undefined ? {} : { headStart }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(fusion === undefined ? {} : { fusion }),
  };
}

function taskOf(
  file: ExperimentFile,
  { strategy, task, budget }: Wanted,
  { tasks }: CreateContext,
  path: Access['path'],
): RunTask {
  const available = tasks.get(task)!.splits.train!.rows;
  const most = choicesFor(file, strategy, task).trainRows ?? available;
  const rows = Math.min(most, budget === 'all' ? available : budget);
  return { name: task, ...dataOptionsOf(file, task, path), ...(rows < available ? { trainRows: rows } : {}) };
}

/** By what weights are chosen. */
function judged({ protocol, holdOut = HOLD_OUT }: ExperimentFile, choosing: boolean): Partial<RunOptions> {
  if (protocol === 'paper') return { validate: true };
  return choosing ? { holdOut } : { validate: false };
}

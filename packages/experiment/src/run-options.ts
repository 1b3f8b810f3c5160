import { resolveSettings } from '@adapterfusion/training';
import type { TrainingOptions } from 'adapterfusion';
import type { Budget, ExperimentFile } from './file.js';
import { chooses, choicesFor } from './settings-of.js';
import type { Strategy } from './strategies.js';
import { dataOptionsOf, type Access } from './surroundings.js';

/** What a run is given beside the encoder and its sources: data that can be written down. */
export type RunOptions = Pick<
  TrainingOptions,
  'data' | 'dataDir' | 'dataOptions' | 'trainRows' | 'validate' | 'holdOut' | 'measureOn' | 'head'
> & {
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

/**
 * The options of a run. By the protocol `paper` the measured rows are looked at after every epoch; by `held-out` only
 * training rows that are held out, where anything is chosen, and the measured rows once.
 * @param available training rows that there are
 * @param learningRate another than the file's, to be judged on held-out rows
 * @throws OPTIONS_INVALID for settings that the loop does not take
 */
export function optionsOf(
  file: ExperimentFile,
  { strategy, task, seed, budget }: Wanted,
  available: number,
  path: Access['path'],
  learningRate?: number,
): RunOptions {
  const { entry, kind, trainer, trainsAdapter } = strategy;
  const choices = choicesFor(file, strategy, task);
  const settings = { ...choices.settings, seed, ...(learningRate === undefined ? {} : { learningRate }) };
  const complete = resolveSettings(settings, trainer?.create({}).defaults ?? {}, `settings of ${entry.name}`);
  const rows = Math.min(choices.trainRows ?? available, budget === 'all' ? available : budget);
  const { measureOn } = file.tasks[task]!;
  const head = entry.head ?? file.head;
  const adapter = trainsAdapter ? (entry.adapter ?? file.adapter) : undefined;
  const fusion = kind === 'fuse' ? (entry.fusion ?? file.fusion) : undefined;
  const data = dataOptionsOf(file, task, path);
  return {
    ...data,
    settings,
    ...(rows < available ? { trainRows: rows } : {}),
    ...(learningRate === undefined
      ? { ...(measureOn === undefined ? {} : { measureOn }), ...judged(file, chooses(complete)) }
      : { measureOn: 'held-out', holdOut: file.holdOut ?? HOLD_OUT, validate: chooses(complete) }),
    ...(head === undefined ? {} : { head }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(fusion === undefined ? {} : { fusion }),
  };
}

const HOLD_OUT = 0.1;

/** By what weights are chosen. */
function judged({ protocol, holdOut = HOLD_OUT }: ExperimentFile, choosing: boolean): Partial<RunOptions> {
  if (protocol === 'paper') return { validate: true };
  return choosing ? { holdOut } : { validate: false };
}

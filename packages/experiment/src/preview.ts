import { resolveSettings } from '@adapterfusion/training';
import { probe } from 'adapterfusion';
import { planExperiment, type OpenOptions } from './open-experiment.js';
import { isDone } from './perform.js';
import type { Plan, Run } from './plan.js';
import { Store } from './store.js';
import { trainsOf } from './strategies.js';
import { passesOf, type Passes } from './work.js';

/** A run that would be done, or is. */
export interface PreviewedRun {
  readonly id: string;
  readonly label: string;
  readonly done: boolean;
  /** About. */
  readonly seconds: number;
}

/** What an experiment would do. */
export interface Preview {
  readonly cells: number;
  readonly runs: readonly PreviewedRun[];
  /** Of the runs that are not done, about. */
  readonly seconds: number;
  /** How many runs of this folder the estimate goes by; 0: it goes by how fast the backend multiplies. */
  readonly measured: number;
}

/** Share of the speed of one large product that whole steps reach, about. */
const REACHED = 0.5;

/**
 * Plans an experiment and estimates its time, training nothing. The estimate counts multiplications; how fast they go is
 * taken from the runs that the folder has, else from a measurement of a few seconds. Right to a factor of about 2.
 * @throws as `runExperiment` for a bad experiment
 */
export async function previewExperiment(options: OpenOptions & { readonly out: string }): Promise<Preview> {
  const plan = await planExperiment(options);
  const store = new Store(plan.access.files, options.out, () => undefined);
  const found: { run: Run; done: boolean; work: Passes; seconds: number | undefined }[] = [];
  for (const run of plan.runs) {
    const seconds = (await store.record(run))?.seconds;
    found.push({ run, done: await isDone(plan, run, store), work: workOf(plan, run), seconds });
  }
  const measured = found.filter(({ seconds, work }) => seconds && work.training > 0);
  const rate = measured.length > 0 ? rateOf(measured) : await probedRate();
  const runs = found.map(({ run: { id, label }, done, work }) => ({
    ...{ id, label, done },
    seconds: (work.training + work.measuring) / rate,
  }));
  const seconds = runs.reduce((sum, run) => sum + (run.done ? 0 : run.seconds), 0);
  return { cells: plan.cells.length, runs, seconds, measured: measured.length };
}

/** Billions of operations a second of the runs that were timed. */
function rateOf(runs: readonly { work: Passes; seconds: number | undefined }[]): number {
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  return total(runs.map(({ work }) => work.training)) / total(runs.map(({ seconds = 0 }) => seconds));
}

async function probedRate(): Promise<number> {
  const { speeds } = await probe();
  const sorted = speeds.map(({ gflops }) => gflops).sort((a, b) => a - b);
  return REACHED * sorted[Math.floor(sorted.length / 2)]!;
}

function workOf({ file, surroundings }: Plan, { strategy, options, sources }: Run): Passes {
  const settings = resolveSettings(options.settings, strategy.trainer?.create({}).defaults ?? {});
  const all = options.tasks.map(({ name, trainRows }) => {
    const { splits } = surroundings.tasks.get(name)!;
    const rows = trainRows ?? splits.train!.rows;
    const heldOut = Math.round(rows * (options.holdOut ?? 0));
    const measured = splits[file.tasks[name]!.measureOn ?? 'validation']?.rows ?? rows;
    const validated = options.validate === false ? 0 : options.holdOut === undefined ? measured : heldOut;
    return passesOf(surroundings.encoder.config, {
      ...{ rows: rows - heldOut, validated, adapters: sources.length },
      // A baseline goes over the rows once.
      epochs: strategy.way === undefined ? settings.epochs : 1,
      measured: options.measureOn === 'held-out' ? heldOut : measured,
      tokens: Math.min(settings.maxLength, 3 + splits.train!.characters / CHARACTERS),
      trains: strategy.trainer ? trainsOf(strategy.trainer) : strategy.way === 'majority' ? undefined : [],
    });
  });
  const total = (key: keyof Passes): number => all.reduce((sum, passes) => sum + passes[key], 0);
  return { training: total('training'), measuring: total('measuring') };
}

/** Characters of a token, about. */
const CHARACTERS = 4.3;

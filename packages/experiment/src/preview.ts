import { probe } from 'adapterfusion';
import { planExperiment, type OpenOptions } from './open-experiment.js';
import { passesOfRun } from './amount.js';
import { durationOf } from './duration.js';
import { Needs } from './needs.js';
import { isDone } from './perform.js';
import type { Run } from './plan.js';
import { Schedule } from './schedule.js';
import { Store } from './store.js';
import type { Passes } from './work.js';
import type { Places } from './workers.js';

/** A run that would be done, or is. */
export interface PreviewedRun {
  readonly id: string;
  readonly label: string;
  readonly done: boolean;
  /** About. */
  readonly seconds: number;
  /** Bytes that it needs, about. */
  readonly memory: number;
}

/** What an experiment would do. */
export interface Preview {
  readonly cells: number;
  readonly runs: readonly PreviewedRun[];
  /** Until the runs that are not done are, about. */
  readonly seconds: number;
  /** How many are done beside each other, at most. */
  readonly workers: number;
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
export async function previewExperiment(
  options: OpenOptions & {
    readonly out: string;
    /** Where runs would be done beside each other; the backend is open in this process, as each place would have it. */
    readonly places?: Places;
  },
): Promise<Preview> {
  const { places } = options;
  const plan = await planExperiment(options, places);
  const store = new Store(plan.access.files, options.out, () => undefined);
  const found: { run: Run; done: boolean; work: Passes; seconds: number | undefined }[] = [];
  const needs = new Needs(plan);
  for (const run of plan.runs) {
    await needs.learn(run, store);
    const seconds = (await store.record(run))?.seconds;
    found.push({ run, done: await isDone(plan, run, store), work: passesOfRun(plan, run), seconds });
  }
  const measured = found.filter(({ seconds, work }) => seconds && work.training > 0);
  const rate = measured.length > 0 ? rateOf(measured) : await probedRate();
  const runs = found.map(({ run, done, work }) => ({
    ...{ id: run.id, label: run.label, done, memory: needs.of(run) },
    seconds: (work.training + work.measuring) / rate,
  }));
  const schedule = new Schedule({
    ...{ runs: plan.runs, isDone: (run) => runs[plan.runs.indexOf(run)]!.done, bytesOf: (run) => needs.of(run) },
    ...(places ? { memory: places.memory } : {}),
  });
  const seconds = durationOf(schedule, plan.count, (run) => runs[plan.runs.indexOf(run)]!.seconds);
  return { cells: plan.cells.length, runs, seconds, workers: plan.count, measured: measured.length };
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

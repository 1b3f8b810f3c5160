import { resolveSettings } from '@adapterfusion/training';
import { bytesNeeded } from './need.js';
import type { Plan, Run } from './plan.js';
import { trainsOf } from './strategies.js';
import { passesOf, type Passes } from './work.js';

/** Characters of a token, about. */
const CHARACTERS = 4.3;

/** The longest rows are so many times as long as the mean, about. */
const LONGEST = 3;

type Outline = Pick<Plan, 'file' | 'surroundings'>;

/** Operations of a run. */
export function passesOfRun(plan: Outline, run: Run): Passes {
  const { file, surroundings } = plan;
  const { strategy, options, sources } = run;
  const { epochs } = settingsOf(run);
  const all = options.tasks.map(({ name, trainRows }) => {
    const { splits } = surroundings.tasks.get(name)!;
    const rows = trainRows ?? splits.train!.rows;
    const heldOut = Math.round(rows * (options.holdOut ?? 0));
    const measured = splits[file.tasks[name]!.measureOn ?? 'validation']?.rows ?? rows;
    const validated = options.validate === false ? 0 : options.holdOut === undefined ? measured : heldOut;
    return passesOf(surroundings.encoder.config, {
      ...{ rows: rows - heldOut, validated, adapters: sources.length },
      // A baseline goes over the rows once.
      epochs: strategy.baseline === undefined ? epochs : 1,
      measured: options.measureOn === 'held-out' ? heldOut : measured,
      tokens: tokensOf(plan, run, name, 1),
      trains: trainedBy(run),
    });
  });
  const total = (key: keyof Passes): number => all.reduce((sum, passes) => sum + passes[key], 0);
  return { training: total('training'), measuring: total('measuring') };
}

/** Bytes that a run needs, about. */
export function bytesOfRun(plan: Outline, run: Run): number {
  const tokens = run.options.tasks.map(({ name }) => tokensOf(plan, run, name, LONGEST));
  return bytesNeeded(plan.surroundings.encoder.config, {
    ...{ batch: settingsOf(run).batchSize, tokens: Math.max(...tokens) },
    ...{ adapters: run.sources.length, trains: trainedBy(run) },
  });
}

const settingsOf = ({ options, strategy }: Run) =>
  resolveSettings(options.settings, strategy.trainer?.create({}).defaults ?? {});

/** @param times the mean length */
function tokensOf({ surroundings }: Outline, run: Run, task: string, times: number): number {
  const { characters } = surroundings.tasks.get(task)!.splits.train!;
  return Math.min(settingsOf(run).maxLength, 3 + (times * characters) / CHARACTERS);
}

const trainedBy = ({ strategy: { trainer, baseline } }: Run): readonly string[] | undefined =>
  trainer ? trainsOf(trainer) : baseline === 'majority' ? undefined : [];

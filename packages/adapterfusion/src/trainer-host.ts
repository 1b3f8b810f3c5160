import {
  AdapterFusionError,
  parameterAt,
  type AnyTaskKind,
  type RowOutput,
  type TrainerContext,
  type TrainerTask,
} from '@adapterfusion/contracts';
import {
  evaluate,
  rowsAt,
  targetsOf,
  trainLoop,
  type LoopTask,
  type TrainingRows,
  type TrainLoopOptions,
} from '@adapterfusion/training';
import { keep } from './own-folds.js';
import type { Session } from './session.js';
import { withTrainerLoss } from './trainer-loss.js';

/** Rows of a pass without gradients. */
const BATCH_SIZE = 32;

/**
 * The part of a trainer's context that works on the model of a session.
 * @param tasks a task may be in several parts, which follow each other and have the same head
 * @param options of every phase
 */
export function trainerHost(
  { model, backend, tokenizer: { padId } }: Session,
  tasks: readonly LoopTask[],
  options: Omit<TrainLoopOptions, 'model' | 'phase' | 'tasks' | 'padId' | 'backend'>,
): Pick<TrainerContext, 'loop' | 'outputs' | 'snapshot'> {
  const names = new Set<string>();
  return {
    loop(phase) {
      if (names.has(phase.name)) throw repeated(phase.name);
      names.add(phase.name);
      const chosen = phase.tasks?.flatMap((name) => tasks.filter(({ head }) => head === name)) ?? tasks;
      const trained = phase.loss ? withTrainerLoss(model, phase.name) : model;
      return trainLoop({ ...options, model: trained, phase, tasks: chosen, padId, backend });
    },
    outputs: (rows, task = tasks[0]!.head) =>
      whileFrozen(model, async () => {
        const found = new Map<number, RowOutput>();
        const wanted = rows && new Set(rows);
        for (const part of tasks.filter(({ head }) => head === task)) {
          const { head, kind, composition, enter } = part;
          const all = part.places ?? Array.from({ length: part.rows.length }, (_, place) => place);
          const places = wanted ? all.filter((place) => wanted.has(place)) : all;
          const { signal } = options;
          const given = { head, kind, composition, batchSize: BATCH_SIZE, metrics: [], padId };
          enter?.();
          const read = await rowsAt(part.rows, places);
          const { outputs } = await evaluate(model, read, { ...given, ...(signal ? { signal } : {}) });
          places.forEach((place, at) => found.set(place, outputs[at]!));
        }
        return (rows ?? [...found.keys()].sort((a, b) => a - b)).map(
          (place) => found.get(place) ?? missing(task, place),
        );
      }),
    snapshot: (selects) =>
      keep(
        model.parameters,
        model.parameters.paths().filter((path) => selects(parameterAt(path))),
      ),
  };
}

/** A task as trainers see it. */
export function trainerTask(name: string, rows: TrainingRows, kind: Pick<AnyTaskKind, 'stratum'>): TrainerTask {
  let targets: readonly unknown[] | undefined;
  return { name, rows: rows.length, stratum: (place) => kind.stratum((targets ??= targetsOf(rows))[place]) };
}

/** Does something while nothing trains; afterwards the same parameters train as before. */
export async function whileFrozen<T>({ parameters }: Session['model'], work: () => Promise<T>): Promise<T> {
  const trainable = parameters.trainable();
  parameters.setTrainable(() => false);
  try {
    return await work();
  } finally {
    parameters.setTrainable((path) => trainable.has(path));
  }
}

function missing(task: string, place: number): never {
  throw failed(`outputs of ${task}`, 'places of training rows', String(place), 'Check the rows that it asks for.');
}

const repeated = (name: string): AdapterFusionError =>
  failed(name, 'phases with names of their own, since checkpoints are kept by name', 'a name that occurs twice', '');

function failed(at: string, expected: string, got: string, more: string): AdapterFusionError {
  const fix = `${more} Report it to the author of the trainer.`.trim();
  return new AdapterFusionError('PLUGIN_FAILED', { at, expected, got, fix });
}

import { AdapterFusionError, parameterAt, type TrainEvent } from '@adapterfusion/contracts';
import { sha256 } from '@adapterfusion/checkpoint';
import { tensorCount } from '@adapterfusion/tensor';
import { planBatches } from '@adapterfusion/text';
import { yieldToEventLoop } from './yield-to-event-loop.js';
import { checkRun } from './check-run.js';
import { balancedWeights } from './class-weights.js';
import { withCheckpoint } from './device-fault.js';
import { endEpoch } from './end-epoch.js';
import type { TrainLoopOptions } from './loop-options.js';
import type { CheckpointManager } from './checkpoint-manager.js';
import { createOptimiser } from './optimiser.js';
import { createPlan } from './plan.js';
import type { PhaseExtras, Tools } from './phase-extras.js';
import { bestOf, newState } from './run-state.js';
import { chosenTargets, countOf, lengthsOf } from './stored-rows.js';
import { trainStep, type StepContext } from './train-step.js';

/**
 * Trains for a phase: clipping by global norm, then a step of the optimizer with the scheduled learning rate. With a checkpoint store it takes up the newest checkpoint of the phase; a resumed run ends with the same bits as one left
 * alone. Epochs are counted from 1 in events.
 *
 * The model's parameters change in place and stay as trained; after a run that ends by itself they are those that
 * `settings.keep` names. The loop frees all else that it makes, also when its consumer leaves early.
 * @throws NAME_INVALID, DATA_INVALID, OPTIONS_INVALID, COMPOSITION_INVALID before anything is trained; RESUME_REFUSED,
 * CHECKPOINT_INVALID for a checkpoint; LOSS_NOT_FINITE at the step, whose update is not applied; FILE_WRITE_FAILED;
 * BACKEND_LOST, BACKEND_FAILED, BACKEND_LIMIT with the checkpoint to go on from
 */
export async function* trainLoop(given: TrainLoopOptions): AsyncGenerator<TrainEvent, void, void> {
  const { model, phase, signal } = given;
  const { settings, name } = phase;
  const begun = performance.now();
  model.parameters.setTrainable((path) => phase.trains(parameterAt(path)));
  const trainable = model.parameters.trainable();
  const extras = await extrasOf(given, trainable.keys());
  const { tasks } = extras ?? given;
  const options = { ...given, tasks };
  checkRun(options, trainable);
  const planned = extras?.planned ?? tasks.map(({ head, rows }) => ({ name: head, lengths: lengthsOf(rows) }));
  const plan = createPlan(planned, settings, phase.shares?.bind(phase));
  const { steps, stepsPerEpoch } = plan;
  const optimiser = createOptimiser(trainable, settings, extras?.groups);
  let manager: CheckpointManager | undefined;
  let state = newState();
  try {
    if (options.checkpoint) {
      const { openCheckpoints } = await import('./open-checkpoints.js');
      manager = await openCheckpoints(options, options.checkpoint, optimiser, extras?.identity);
    }
    state = (await manager?.restore()) ?? state;
    // Imported here, since few runs ask for it.
    const cache =
      settings.activationCache > 0
        ? await (await import('./activation-cache.js')).ActivationCache.open(options, plan)
        : undefined;
    const around: StepContext = {
      ...{ plan, optimiser, inputs: stepInputs(options), newest: () => manager?.newest },
      ...(cache ? { cache } : {}),
    };
    let saved = state.step;
    const save = async function* (): AsyncGenerator<TrainEvent, void, void> {
      if (!manager) return;
      const path = await manager.save(state);
      saved = state.step;
      yield { type: 'checkpoint', phase: name, step: state.step, path };
    };
    const rows = tasks.reduce((total, task) => total + countOf(task), 0);
    const sizes = [...trainable.values()].reduce((total, { size }) => total + size, 0);
    const below = cache ? { activationCache: { layers: cache.layers, rows: cache.rows } } : {};
    yield { type: 'start', phase: name, steps, rows, trainable: sizes, resumedAt: state.step, ...below };

    let interrupted = false;
    while (!state.finished && !interrupted) {
      if (state.step >= (state.epochs + 1) * stepsPerEpoch) {
        const events = await endEpoch(options, trainable, state, steps);
        interrupted = events === undefined;
        if (events) {
          yield* events;
          yield* save();
        }
      } else if (signal?.aborted) {
        interrupted = true;
      } else {
        const started = performance.now();
        const report = await trainStep(options, around, state.step);
        state.step += 1;
        await yieldToEventLoop();
        const { norm, ...numbers } = report;
        yield {
          type: 'step',
          phase: name,
          step: state.step,
          steps,
          epoch: state.epochs + 1,
          gradientNorm: norm,
          ...numbers,
          seconds: (performance.now() - started) / 1000,
          tensors: tensorCount(),
        };
        const due = settings.checkpointEvery > 0 && state.step % settings.checkpointEvery === 0;
        if (due && state.step % stepsPerEpoch !== 0) yield* save();
      }
    }
    if (interrupted && saved !== state.step) yield* save();
    const kept = (settings.keep === 'best' && state.finished && bestOf(state.history)) || state.history.at(-1);
    yield {
      type: 'done',
      phase: name,
      steps: state.step,
      epochs: state.epochs,
      stoppedEarly: state.finished && state.step < steps,
      interrupted,
      metrics: kept?.metrics ?? {},
      seconds: (performance.now() - begun) / 1000,
    };
  } catch (error) {
    throw withCheckpoint(error, `${name}, after step ${state.step} of ${steps}`, manager?.newest);
  } finally {
    optimiser.dispose();
  }
}

/** What the phase says beyond its settings: rarely anything, so that it is imported on demand. */
async function extrasOf(options: TrainLoopOptions, paths: Iterable<string>): Promise<PhaseExtras | undefined> {
  const { rows, batches, groups, metric, loss, schedule } = options.phase;
  if (!(rows ?? batches ?? groups ?? metric ?? loss ?? schedule) && !options.tasks.some(({ places }) => places))
    return undefined;
  const { phaseExtras } = await import('./phase-extras.js');
  const error: Tools['error'] = (code, parts) => new AdapterFusionError(code, parts);
  return phaseExtras(options, paths, { error, lengthsOf, parameterAt, planBatches, sha256 });
}

function stepInputs({ tasks, padId = 0, phase }: TrainLoopOptions): StepContext['inputs'] {
  return tasks.map((task) => {
    const { head, kind, composition } = task;
    const own = { head, kind, padId, composition };
    if (phase.settings.classWeights === 'none') return own;
    const classes = chosenTargets(task).flatMap((target) => kind.classes!(target));
    return { ...own, classWeights: balancedWeights(classes, kind.labels.length) };
  });
}

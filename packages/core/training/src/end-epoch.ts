import { AdapterFusionError, type Tensor, type TrainEvent } from '@adapterfusion/contracts';
import { read } from '@adapterfusion/tensor';
import { evaluate } from './evaluate.js';
import { copyInto } from './copy-into.js';
import type { TrainLoopOptions } from './loop-options.js';
import { joinMetrics, MEAN, type Metrics } from './task-metrics.js';
import { shouldStopEarly, recordValidation, type RunState } from './run-state.js';

/**
 * Closes an epoch: measures the validation rows, keeps the best weights, and finishes the run after the last epoch or
 * when patience is spent. `state` changes, and at the end the parameters to those that are kept.
 * @param steps optimiser steps in all
 * @returns the events; undefined, and nothing changed, when the signal was raised meanwhile
 */
export async function endEpoch(
  options: TrainLoopOptions,
  trainable: ReadonlyMap<string, Tensor>,
  state: RunState,
  steps: number,
): Promise<TrainEvent[] | undefined> {
  const { phase, tasks } = options;
  const { keep, patience } = phase.settings;
  const epoch = state.epochs + 1;
  const events: TrainEvent[] = [];
  if (tasks.some(({ validation }) => validation?.length)) {
    const found = await measure(options);
    if (!found) return undefined;
    const decisive = tasks.length === 1 ? tasks[0]!.metrics[0] : MEAN;
    const entry = recordValidation(
      state.history,
      { epoch, step: state.step, metrics: found },
      decisive,
      isLower(tasks),
    );
    state.history = [...state.history, entry];
    if (entry.best && keep === 'best') state.bestWeights = await valuesOf(trainable);
    events.push({ type: 'evaluation', phase: phase.name, ...entry });
  }
  state.epochs = epoch;
  state.finished = state.step >= steps || shouldStopEarly(state.history, patience);
  if (state.finished) for (const [path, data] of state.bestWeights ?? []) copyInto(trainable.get(path)!, data);
  return events;
}

/** Whether a smaller value of the decisive metric is better; of several tasks, where it is for all of them. */
const isLower = (tasks: TrainLoopOptions['tasks']): boolean =>
  tasks.every(({ kind, metrics: [first] }) => kind.metrics.find(({ name }) => name === first)?.better === 'lower');

async function measure(options: TrainLoopOptions): Promise<Metrics | undefined> {
  const { model, tasks, padId = 0, signal, phase } = options;
  const { batchSize } = phase.settings;
  try {
    const found = new Map<string, Metrics>();
    for (const { head, validation = [], metrics, kind, composition, enter } of tasks) {
      if (validation.length === 0) continue;
      enter?.();
      const given = { head, composition, batchSize, metrics, kind, padId, ...(signal ? { signal } : {}) };
      found.set(head, (await evaluate(model, validation, given)).metrics);
    }
    return tasks.length === 1 ? found.get(tasks[0]!.head) : joinMetrics(found);
  } catch (error) {
    if (AdapterFusionError.is(error) && error.code === 'ABORTED') return undefined;
    throw error;
  }
}

async function valuesOf(parameters: ReadonlyMap<string, Tensor>): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [path, parameter] of parameters) values.set(path, await read(parameter));
  return values;
}

import { AdapterFusionError, checkName, type Tensor } from '@adapterfusion/contracts';
import type { TrainLoopOptions } from './loop-options.js';
import { areStored, type TrainingRows } from './stored-rows.js';
import type { TrainingRow } from './trainable-model.js';

/**
 * Refuses what cannot be trained, before anything is changed.
 * @throws NAME_INVALID for the phase's name; DATA_INVALID without rows or with a label that is none; OPTIONS_INVALID for
 * settings that need a validation which is not there, and class weights without labels; COMPOSITION_INVALID when nothing trains
 */
export function checkRun({ phase, tasks }: TrainLoopOptions, trainable: ReadonlyMap<string, Tensor>): void {
  checkName(phase.name, 'a phase');
  for (const { head, rows, validation = [], labels } of tasks) {
    if (rows.length === 0)
      throw new AdapterFusionError('DATA_INVALID', {
        at: tasks.length > 1 ? `${phase.name}, ${head}` : phase.name,
        expected: 'rows to train on',
        got: 'none',
        fix: 'Check the training file.',
      });
    checkLabels(rows, labels.length);
    checkLabels(validation, labels.length);
  }
  if (trainable.size === 0)
    throw new AdapterFusionError('COMPOSITION_INVALID', {
      at: phase.name,
      expected: 'at least one parameter that trains',
      got: 'none',
      fix: 'Give the model an adapter, a fusion or a head that this trainer trains.',
    });
  const { patience, keep } = phase.settings;
  if (phase.settings.classWeights !== 'none' && tasks.some(({ labels }) => labels.length === 0))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'settings.classWeights',
      expected: '"none", since a task has no labels',
      got: JSON.stringify(phase.settings.classWeights),
      fix: 'Leave it away.',
    });
  const validated = tasks.filter(({ validation = [] }) => validation.length > 0);
  if (validated.some(({ metrics }) => metrics.length > 0)) return;
  const wants = patience > 0 ? 'patience' : keep === 'best' ? 'keep' : undefined;
  if (wants)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: `settings.${wants}`,
      expected: `validation rows and a metric, which ${wants} = ${JSON.stringify(phase.settings[wants])} goes by`,
      got: validated.length === 0 ? 'no validation rows' : 'no metric',
      fix: 'Give a validation split, or set patience to 0 and keep to "last".',
    });
}

/** A label names one of the labels, or a choice of its row; where there are neither, it is any number. */
function checkLabels(rows: TrainingRows, labels: number): void {
  for (let index = 0; index < rows.length; index++) {
    // Choices of stored rows were counted when they were stored.
    const {
      label,
      group = [],
      at,
    }: Partial<TrainingRow> & Pick<TrainingRow, 'label'> = areStored(rows)
      ? { label: rows.labels[index]! }
      : rows[index]!;
    const count = group.length > 1 ? group.length : labels;
    const fits = count === 0 ? Number.isFinite(label) : Number.isInteger(label) && label >= 0 && label < count;
    if (fits) continue;
    throw new AdapterFusionError('DATA_INVALID', {
      at: at ?? `row ${index}`,
      expected: count === 0 ? 'a number as label' : `a label from 0 to ${count - 1}`,
      got: String(label),
      fix: 'Correct the row.',
    });
  }
}

import { AdapterFusionError, checkName, type Tensor } from '@adapterfusion/contracts';
import type { TrainLoopOptions } from './loop-options.js';
import { countOf } from './stored-rows.js';

/**
 * Refuses what cannot be trained, before anything is changed.
 * @throws NAME_INVALID for the phase's name; DATA_INVALID without rows; OPTIONS_INVALID for
 * settings that need a validation which is not there, and class weights of a kind without classes; COMPOSITION_INVALID when nothing trains
 */
export function checkRun({ phase, tasks }: TrainLoopOptions, trainable: ReadonlyMap<string, Tensor>): void {
  checkName(phase.name, 'a phase');
  for (const { head } of tasks)
    // Of a task in several parts some may have no rows.
    if (!tasks.some((task) => task.head === head && countOf(task) > 0))
      throw new AdapterFusionError('DATA_INVALID', {
        at: tasks.length > 1 ? `${phase.name}, ${head}` : phase.name,
        expected: 'rows to train on',
        got: 'none',
        fix: 'Check the training file.',
      });
  if (trainable.size === 0)
    throw new AdapterFusionError('COMPOSITION_INVALID', {
      at: phase.name,
      expected: 'at least one parameter that trains',
      got: 'none',
      fix: 'Give the model an adapter, a fusion or a head that this trainer trains.',
    });
  const { patience, keep } = phase.settings;
  if (phase.settings.classWeights !== 'none' && tasks.some(({ kind }) => !kind.classes))
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'settings.classWeights',
      expected: '"none", since a task has no classes',
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

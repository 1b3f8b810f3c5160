import { AdapterFusionError, type AnyConfigured, type HeadFit } from '@adapterfusion/contracts';
import { formatMethod, type Registry } from '@adapterfusion/runtime';
import { averageName, describeFusion } from './fusion-names.js';
import { compositionRule, SELECTION_ROWS } from './composition-rule.js';
import type { FuseOptions } from './fuse.js';
import { settingsOf, type Task } from './task.js';
import type { Workbench } from './workbench.js';

/** The fusion of a run. */
export interface ChosenFusion {
  readonly fusion: AnyConfigured<'fusion'>;
  /** How the table calls it. */
  readonly name: string;
  /** The task with the settings for this method. */
  readonly task: Task;
  /** The head's loss, cross-validated on the training rows; absent for a method that was not selected by it. */
  readonly loss?: number;
  /** The head for it, where it is fitted already. */
  readonly fit?: HeadFit;
}

/**
 * The fusion that is asked for, or that the training rows select.
 * @param fitted whether the head starts fitted: without that, no loss can be compared
 * @throws PLUGIN_MISSING, OPTIONS_INVALID; ABORTED
 */
export async function chooseFusion(
  bench: Workbench,
  trainer: AnyConfigured<'trainer'>,
  fitted: boolean,
  { fusion: wanted = 'auto' }: FuseOptions,
): Promise<ChosenFusion> {
  const { session, task } = bench.given;
  const { registry } = session;
  const rows = task.train.length;
  const chosen = (fusion: AnyConfigured<'fusion'>, name: string, loss?: number): ChosenFusion => {
    const { heldOut, unequal, given } = task;
    const settings = settingsOf(session, trainer, { method: fusion.plugin.id, rows, heldOut, unequal }, given);
    return { fusion, name, task: { ...task, settings }, ...(loss === undefined ? {} : { loss }) };
  };
  const average = async (): Promise<ChosenFusion> => {
    const fit = await bench.fit(bench.branchOf('average'));
    return { ...chosen(registry.configure('fusion', 'average'), averageName(), fit.loss), fit };
  };
  if (wanted !== 'auto') {
    const fusion = await registry.load('fusion', wanted);
    const name = formatMethod(wanted);
    if (fitted && name === 'average' && fusion.plugin === registry.get('fusion', name)) return average();
    return chosen(fusion, fusion.plugin.id === 'average' ? forced(fusion) : `fusion: ${name}`);
  }
  if (!fitted) return chosen(await registry.load('fusion', 'attention'), 'fusion: attention');
  if (rows < SELECTION_ROWS) {
    const method = compositionRule(rows);
    if (method === 'average') return average();
    return chosen(await registry.load('fusion', method), `fusion: ${method}`);
  }
  // Imported here, since few rows select nothing.
  const { selectComposition } = await import('./selection.js');
  const scores = await selectComposition(bench);
  for (const each of scores) bench.losses.set(`fusion: ${describeFusion(each.fusion)}`, each.loss);
  const [{ fusion, loss }] = scores;
  return fusion.plugin.id === 'average' ? average() : chosen(fusion, `fusion: ${describeFusion(fusion)}`, loss);
}

const forced = ({ options }: AnyConfigured<'fusion'>): string =>
  averageName((options as { readonly strength: number }).strength);

/** @throws OPTIONS_INVALID for a strategy that trains no fusion */
export async function fusionTrainer(
  registry: Registry,
  { strategy = 'fusion' }: FuseOptions,
): Promise<AnyConfigured<'trainer'>> {
  const trainer = await registry.load('trainer', strategy);
  const { trains } = trainer.plugin.supports;
  if (trains.includes('fusion')) return trainer;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'strategy',
    expected: 'one that trains a fusion',
    got: `"${trainer.plugin.id}", which trains ${trains.join(' and ') || 'the head alone'}`,
    fix: 'Remove this option, or use "train".',
  });
}

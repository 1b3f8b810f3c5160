import { AdapterFusionError, type Head } from '@adapterfusion/contracts';
import { stratifiedSample } from '@adapterfusion/data';
import type { Composition } from '@adapterfusion/model';
import { targetsOf, rowsAt, type TrainingRow } from '@adapterfusion/training';
import { features } from './features.js';
import { fitHead, fitOptionsOf, setHead } from './fit-head.js';
import type { CommonOptions } from './options.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/** Rows that a fit in closed form takes: enough for any encoder's width, and few enough to be fitted in seconds. */
export const FIT_ROWS = 8192;

/** How a head starts: with random weights, or fitted in closed form to the training rows. */
export type HeadStart = 'random' | 'fitted';

/** Options that say how a head starts. */
interface StartOptions {
  readonly headStart?: HeadStart;
}

/**
 * Whether the head starts fitted: by default where the encoder is frozen and the head has a closed form.
 * @throws OPTIONS_INVALID where `fitted` is asked for and the head has no closed form
 */
export function startsFitted({ headStart }: StartOptions, { trainer }: Task, head: Head): boolean {
  const trains = trainer.create({}).trains ?? trainer.plugin.supports.trains;
  const possible = head.fit !== undefined && !trains.includes('encoder');
  if (headStart !== 'fitted' || possible) return possible && headStart !== 'random';
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'headStart',
    expected: 'a head of one layer with a bias that can be fitted in closed form, on a frozen encoder',
    got: head.fit ? `the strategy "${trainer.plugin.id}", which trains the encoder` : 'a head without a closed form',
    fix: 'Use "random", or leave out the head\'s option layers.',
  });
}

/** The rows that a fit in closed form takes, and their indices: all, or a stratified sample of {@link FIT_ROWS}. */
export async function fitRows({
  train,
  settings,
  data,
}: Task): Promise<{ readonly rows: readonly TrainingRow[]; readonly indices: readonly number[] }> {
  const all = Array.from({ length: train.length }, (_, row) => row);
  const strata = targetsOf(train).map((target) => data.kind.stratum(target) ?? 0);
  const chosen = all.length > FIT_ROWS ? stratifiedSample(strata, { rows: FIT_ROWS, seed: settings.seed }) : all;
  return { rows: await rowsAt(train, chosen), indices: chosen };
}

/**
 * Fits the head in closed form on features of a composition, by default the model's own, in evaluation mode, so that the first
 * step of training starts from a classifier. Deterministic on one backend, so that a resumed run starts equally.
 * @throws ABORTED
 */
export async function fitHeadTo(
  session: Session,
  name: string,
  task: Task,
  options: CommonOptions,
  composition: Composition = session.model.composition ?? { type: 'none' },
): Promise<void> {
  const { rows } = await fitRows(task);
  const { model } = session;
  const { instance } = model.heads.get(name)!;
  const { branches } = await features(session, rows, instance, [composition], options);
  const { kind } = task.data;
  const given = { rows, features: branches[0]! };
  const fitting = fitOptionsOf(task.settings, kind, rows);
  setHead(model, name, await fitHead(instance, kind, given, model.backbone.hidden, fitting));
}

import { AdapterFusionError, type AnyConfigured, type LoopSettings } from '@adapterfusion/contracts';
import type { HeadPart } from '@adapterfusion/runtime';
import type { OpenAdapter } from './open-adapters.js';
import type { TrainingOptions } from './options.js';
import { targetsOf } from '@adapterfusion/training';
import type { Session } from './session.js';
import { settingsOf, type Task } from './task.js';
import { headFor } from './task-head.js';
import { OWN_ADAPTER, OWN_STRATEGY } from './training-defaults.js';

/** How an adapter of the target's own is trained. */
export interface AdapterRecipe {
  readonly adapter: AnyConfigured<'adapter'>;
  readonly head: AnyConfigured<'head'>;
  readonly trainer: AnyConfigured<'trainer'>;
  readonly settings: LoopSettings;
  readonly headStart: 'random' | 'fitted';
}

/** One of the given adapters that was trained on the target's training rows. */
export interface OwnAdapter {
  readonly name: string;
  readonly head?: HeadPart;
  /** How it was trained, and so how it is trained again without some of the rows. */
  readonly recipe: AdapterRecipe;
}

/**
 * The given adapters that were trained on the target's training rows: those that are named, or else those whose bundles
 * record the same rows.
 * @param wanted local names
 * @throws OPTIONS_INVALID for a name that is no given adapter
 */
export function findOwn(
  session: Session,
  task: Task,
  adapters: readonly OpenAdapter[],
  wanted: readonly string[] | undefined,
  options: Pick<TrainingOptions, 'head'>,
): OwnAdapter[] {
  const wrong = wanted?.find((each) => !adapters.some(({ name }) => name === each));
  if (wrong !== undefined)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'own',
      expected: `names of given adapters: ${adapters.map(({ name }) => name).join(', ')}`,
      got: JSON.stringify(wrong),
      fix: 'Name the adapter that was trained on rows of this task (--own).',
    });
  const { fingerprint } = task;
  const base = defaultRecipe(session, task, options);
  return adapters
    .filter(({ name, training }) => (wanted ? wanted.includes(name) : training['trainRowsSha256'] === fingerprint))
    .map((found): OwnAdapter => {
      const { name, training } = found;
      const head = found.head?.labels.join('\n') === task.data.labels.join('\n') ? found.head : undefined;
      const adapter = session.model.adapters.get(name)!.configured;
      const recorded = (training['settings'] ?? {}) as Partial<LoopSettings>;
      const { unequal, train } = task;
      const method = { method: adapter.plugin.id, rows: train.length, unequal };
      return {
        name,
        ...(head ? { head } : {}),
        recipe: {
          ...base,
          adapter,
          ...(head ? { head: session.registry.configure('head', head.plugin, head.options) } : {}),
          headStart: training['headStart'] === 'random' ? 'random' : 'fitted',
          settings: settingsOf(session, base.trainer, method, { ...recorded, ...ONCE }),
        },
      };
    });
}

/** A fold has no rows to validate on, and no checkpoints. */
export const ONCE = { keep: 'last', patience: 0, checkpointEvery: 0 } as const;

/** How `train` trains an adapter on the task's rows where it is given no settings. @param rows how many rows */
export function defaultRecipe(
  session: Session,
  task: Task,
  options: Pick<TrainingOptions, 'head'>,
  rows: number = task.train.length,
): AdapterRecipe {
  const { registry } = session;
  const { seed, maxLength } = task.settings;
  const trainer = registry.configure('trainer', OWN_STRATEGY);
  const adapter = registry.configure('adapter', OWN_ADAPTER);
  return {
    adapter,
    trainer,
    head: headFor(session, task.data, options.head, { single: true, targets: () => targetsOf<number>(task.train) }),
    headStart: 'fitted',
    settings: settingsOf(
      session,
      trainer,
      { method: adapter.plugin.id, rows, unequal: task.unequal },
      { seed, maxLength, ...ONCE },
    ),
  };
}

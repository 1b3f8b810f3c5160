import { AdapterFusionError, checkName, type AnyConfigured } from '@adapterfusion/contracts';
import { areRows, ROWS } from './memory-rows.js';
import { nameOf } from './names.js';
import type { DataOptions, TrainingOptions } from './options.js';

/** One of several tasks. What is left out is as the run's own options say. */
export interface TaskData extends DataOptions {
  /** Name of the task, and of its head and adapter. Default: from the data. */
  readonly name?: string;
  /** How many of its training rows are used. */
  readonly trainRows?: number;
}

/** The tasks of a run: a single one, or a list in the order in which they are learned where there is an order. */
export type TaskList = DataOptions['data'] | readonly (DataOptions['data'] | TaskData)[];

/** What data are called where they have no name. */
const placeOf = (data: DataOptions['data']): string =>
  typeof data === 'string' ? data : areRows(data) ? ROWS : data.plugin.id;

/**
 * The options of each task by its name.
 * @param name of the task where there is only one
 * @throws OPTIONS_INVALID for more or fewer tasks than the strategy takes; NAME_INVALID for two of one name
 */
export function tasksOf(
  options: Omit<TrainingOptions, 'data'> & { readonly data: TaskList },
  { plugin }: AnyConfigured<'trainer'>,
  name: string | undefined,
): Map<string, TrainingOptions> {
  const { data } = options;
  const given = (Array.isArray(data) ? data : [data]) as readonly (DataOptions['data'] | TaskData)[];
  const several = plugin.supports.tasks === 'several';
  if (several ? given.length < 2 : given.length !== 1)
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'data',
      expected: `${several ? 'two or more tasks' : 'one task'} for the strategy "${plugin.id}"`,
      got: String(given.length),
      fix: several ? 'Name another one (--data), or choose a strategy for one task.' : 'Train them one by one.',
    });
  const tasks = new Map<string, TrainingOptions>();
  for (const each of given) {
    const task: TaskData = typeof each === 'string' || 'plugin' in each || areRows(each) ? { data: each } : each;
    const fallback = (several ? undefined : name) ?? nameOf(placeOf(task.data));
    const own = checkName(task.name ?? fallback, 'a task');
    if (tasks.has(own))
      throw new AdapterFusionError('NAME_INVALID', {
        at: 'data',
        expected: 'a name of its own for every task',
        got: `"${own}" twice`,
        fix: 'Give one of them another: { data, name }.',
      });
    tasks.set(own, { ...options, ...task });
  }
  return tasks;
}

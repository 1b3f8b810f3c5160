import {
  AdapterFusionError,
  configure,
  type AnyConfigured,
  type AnyPlugin,
  identityOf,
  type Head,
} from '@adapterfusion/contracts';
import { configuredOf, isConfigured, parseMethod, type Registry } from '@adapterfusion/runtime';
import { targetsOf } from '@adapterfusion/training';
import { headTask } from './open-kind.js';
import type { TrainingOptions } from './options.js';
import type { OpenData } from './rows.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/** What the options say of a head: its name, where they name one, and its own options. */
type HeadChoice = TrainingOptions['head'];

/** What a head is given where the options do not say otherwise. */
interface HeadPresets {
  /** One layer, where the head has this option. */
  readonly single?: boolean;
  /** The targets, where the head takes their mean and deviation. */
  readonly targets?: () => readonly number[];
}

/**
 * Adds the task's head, new, with one layer where it can start fitted: as {@link headFor} finds it.
 * @throws as {@link headFor}
 */
export function addHead(
  session: Session,
  name: string,
  task: Task,
  { head, headStart }: Pick<TrainingOptions, 'head' | 'headStart'>,
): Head {
  const { data, train, settings, trainer } = task;
  const trains = trainer.create({}).trains ?? trainer.plugin.supports.trains;
  const configured = headFor(session, data, head, {
    single: headStart !== 'random' && !trains.includes('encoder'),
    targets: () => targetsOf<number>(train),
  });
  session.model.addHead(name, configured, data.labels, { seed: settings.seed }, headTask(data.task));
  return session.model.heads.get(name)!.instance;
}

/**
 * The head that the options name, or the default one of the task's kind; its pooling the encoder's own where the options name
 * none.
 * @throws PLUGIN_MISSING for an unknown head; OPTIONS_INVALID, also for a head of another kind of task
 */
export function headFor(
  { registry, pooling: { mode } }: Session,
  { task, kind }: Pick<OpenData, 'task' | 'kind'>,
  choice: HeadChoice,
  { single = false, targets }: HeadPresets = {},
): AnyConfigured<'head'> {
  if (isConfigured(choice)) {
    const configured = configuredOf('head', choice);
    return fitting(configured.plugin, task, registry) && configured;
  }
  const { name, options } = typeof choice === 'string' ? parseMethod(choice) : { name: undefined, options: choice };
  const plugin = fitting(registry.get('head', name ?? kind.defaultHead), task, registry);
  const { supports } = plugin;
  return configure(plugin, {
    ...(supports.pooling && mode !== undefined ? { pooling: mode } : {}),
    ...(supports.layers && single ? { layers: 1 } : {}),
    ...(supports.standardises && targets ? moments(targets()) : {}),
    ...options,
  });
}

/**
 * Imports the package of the head that is named, or of the kind's default one, where it is only declared.
 * @throws what `Registry.provide` throws
 */
export async function provideHead(
  registry: Registry,
  choice: HeadChoice,
  { task, kind }: Pick<OpenData, 'task' | 'kind'>,
): Promise<void> {
  if (isConfigured(choice)) return;
  const name = typeof choice === 'string' ? parseMethod(choice).name : kind.defaultHead;
  try {
    await registry.provide('head', name);
  } catch (error) {
    if (typeof choice === 'string' || !AdapterFusionError.is(error) || error.code !== 'PLUGIN_MISSING') throw error;
    throw new AdapterFusionError('PLUGIN_MISSING', {
      at: `${identityOf(task.plugin)}: defaultHead`,
      expected: 'the name of a head that is there, package#id',
      got: JSON.stringify(name),
      fix: 'Install its package, name another head (--head), or report it to the author of the task kind.',
      cause: error,
    });
  }
}

/** Whether the options say how the head pools. */
export function namesPooling(choice: HeadChoice): boolean {
  if (choice === undefined) return false;
  return isConfigured(choice) || 'pooling' in (typeof choice === 'string' ? parseMethod(choice).options : choice);
}

/** The plugin, where it supports such tasks. @throws OPTIONS_INVALID */
function fitting(
  plugin: AnyPlugin<'head'>,
  { plugin: task }: AnyConfigured<'task'>,
  registry: Registry,
): AnyPlugin<'head'> {
  const fits = ({ supports: { tasks } }: AnyPlugin<'head'>): boolean =>
    tasks.includes(task.id) || tasks.includes(identityOf(task));
  if (fits(plugin)) return plugin;
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'head',
    expected: `a head for ${task.id}: ${
      registry
        .list('head')
        .filter(fits)
        .map(({ id }) => id)
        .join(', ') || 'none is registered'
    }`,
    got: `"${plugin.id}", a head for ${plugin.supports.tasks.join(' and ')}`,
    fix: 'Name another (--head), or leave it out.',
  });
}

/** Mean and deviation of the numbers to learn; where all are equal, 1 in its place. */
function moments(numbers: readonly number[]): { readonly centre: number; readonly scale: number } {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const centre = mean(numbers);
  return { centre, scale: Math.sqrt(mean(numbers.map((number) => (number - centre) ** 2))) || 1 };
}

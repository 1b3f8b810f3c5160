import {
  AdapterFusionError,
  configure,
  type AnyConfigured,
  type AnyPlugin,
  type Head,
  type TaskDeclaration,
} from '@adapterfusion/contracts';
import { parseMethod, type Registry } from '@adapterfusion/runtime';
import { labelsOf } from '@adapterfusion/training';
import type { TrainingOptions } from './options.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/** What the options say of a head: its name, where they name one, and its own options. */
type HeadChoice = TrainingOptions['head'];

/** What a head is given where the options do not say otherwise. */
interface HeadPresets {
  /** One layer, where the head has this option. */
  readonly single?: boolean;
  /** Regression: the numbers to learn, where the head takes their mean and deviation. */
  readonly numbers?: readonly number[];
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
  const { type } = data.dataset.task;
  const trains = trainer.create({}).trains ?? trainer.plugin.supports.trains;
  const configured = headFor(session, type, head, {
    single: headStart !== 'random' && !trains.includes('encoder'),
    ...(type === 'regression' ? { numbers: labelsOf(train) } : {}),
  });
  session.model.addHead(name, configured, data.labels, { seed: settings.seed });
  return session.model.heads.get(name)!.instance;
}

/**
 * The head that the options name, or the first one that supports such tasks; its pooling the encoder's own where the options
 * name none.
 * @throws PLUGIN_MISSING for an unknown head, and where none supports such tasks; OPTIONS_INVALID, also for a head of another
 * kind of task
 */
export function headFor(
  { registry, pooling: { mode } }: Session,
  type: TaskDeclaration['type'],
  choice: HeadChoice,
  { single = false, numbers }: HeadPresets = {},
): AnyConfigured<'head'> {
  if (choice !== undefined && isConfigured(choice)) return fitting(choice.plugin, type, registry) && choice;
  const { name, options } = typeof choice === 'string' ? parseMethod(choice) : { name: undefined, options: choice };
  const plugin =
    name === undefined
      ? (registry.list('head').find(({ supports }) => supports.tasks.includes(type)) ?? registry.get('head', type))
      : fitting(registry.get('head', name), type, registry);
  const { supports } = plugin;
  return configure(plugin, {
    ...(supports.pooling && mode !== undefined ? { pooling: mode } : {}),
    ...(supports.layers && single ? { layers: 1 } : {}),
    ...(supports.standardises && numbers ? moments(numbers) : {}),
    ...options,
  });
}

/** Imports the package of a head that is named and that it only declared. @throws what `Registry.provide` throws */
export async function provideHead(registry: Registry, choice: HeadChoice): Promise<void> {
  if (typeof choice === 'string') await registry.provide('head', parseMethod(choice).name);
}

/** Whether the options say how the head pools. */
export function namesPooling(choice: HeadChoice): boolean {
  if (choice === undefined) return false;
  return isConfigured(choice) || 'pooling' in (typeof choice === 'string' ? parseMethod(choice).options : choice);
}

const isConfigured = (choice: NonNullable<HeadChoice>): choice is AnyConfigured<'head'> =>
  typeof choice === 'object' && 'plugin' in choice && 'create' in choice;

/** The plugin, where it supports such tasks. @throws OPTIONS_INVALID */
function fitting(plugin: AnyPlugin<'head'>, type: TaskDeclaration['type'], registry: Registry): AnyPlugin<'head'> {
  if (plugin.supports.tasks.includes(type)) return plugin;
  const known = registry.list('head').filter(({ supports }) => supports.tasks.includes(type));
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: 'head',
    expected: `a head for ${type}: ${known.map(({ id }) => id).join(', ') || 'none is registered'}`,
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

import { identityOf, type AnyConfigured, type Head, type TaskDeclaration } from '@adapterfusion/contracts';
import { labelsOf } from '@adapterfusion/training';
import type { TrainingOptions } from './options.js';
import type { Session } from './session.js';
import type { Task } from './task.js';

/**
 * Adds the task's head, new: the first plugin that supports such tasks, with the pooling of the encoder's own files unless
 * the options name another, and one layer where it can start fitted. @throws PLUGIN_MISSING where no plugin does;
 * OPTIONS_INVALID
 */
export function addHead(
  session: Session,
  name: string,
  task: Task,
  { head: options, headStart }: Pick<TrainingOptions, 'head' | 'headStart'>,
): Head {
  const { model, registry } = session;
  const { data, train, settings, trainer } = task;
  const { type } = data.dataset.task;
  const standardises = registry.list('head').find(({ supports }) => supports.tasks.includes(type))
    ?.supports.standardises;
  const numbers = type === 'regression' && standardises ? moments(labelsOf(train)) : {};
  const trains = trainer.create({}).trains ?? trainer.plugin.supports.trains;
  const single = headStart !== 'random' && !trains.includes('encoder') && layered(session, type) ? { layers: 1 } : {};
  const configured = headFor(session, type, { ...numbers, ...single, ...options });
  model.addHead(name, configured, data.labels, { seed: settings.seed });
  return model.heads.get(name)!.instance;
}

/** Whether the head of such tasks takes the option `layers`. */
const layered = ({ registry }: Session, type: TaskDeclaration['type']): boolean =>
  registry.list('head').find(({ supports }) => supports.tasks.includes(type))?.supports.layers ?? false;

/** The first head that supports such tasks, its pooling the encoder's own where the options name none. */
export function headFor(
  { registry, pooling: { mode } }: Session,
  type: TaskDeclaration['type'],
  options: object | undefined,
): AnyConfigured<'head'> {
  const plugin = registry.list('head').find(({ supports }) => supports.tasks.includes(type));
  const own = plugin?.supports.pooling && mode !== undefined ? { pooling: mode } : {};
  return registry.configure('head', plugin ? identityOf(plugin) : type, { ...own, ...options });
}

/** Mean and deviation of the numbers to learn; where all are equal, 1 in its place. */
function moments(numbers: readonly number[]): { readonly centre: number; readonly scale: number } {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const centre = mean(numbers);
  return { centre, scale: Math.sqrt(mean(numbers.map((number) => (number - centre) ** 2))) || 1 };
}

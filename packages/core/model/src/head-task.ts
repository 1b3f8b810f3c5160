import type { AnyConfigured, TaskDeclaration } from '@adapterfusion/contracts';

/** What kind of answer a head gives. */
export type HeadTask = TaskDeclaration['type'];

/** A head with labels tells classes apart; one without does the other task that its plugin supports. */
export function headTask({ plugin }: AnyConfigured<'head'>, labels: readonly string[]): HeadTask {
  const other = plugin.supports.tasks.find((task) => task !== 'classification');
  return labels.length > 0 ? 'classification' : (other ?? 'classification');
}

import { identityOf, type AnyConfigured, type AnyTaskKind, type TaskDeclaration } from '@adapterfusion/contracts';
import type { HeadTask } from '@adapterfusion/model';
import type { Registry } from '@adapterfusion/runtime';

/** A task kind with its options and labels. */
export interface OpenKind {
  readonly task: AnyConfigured<'task'>;
  readonly kind: AnyTaskKind;
}

/**
 * The kind of a declared task; the package of one that is only declared is imported.
 * @throws PLUGIN_MISSING, OPTIONS_INVALID, PLUGIN_FAILED
 */
export async function openKind(
  registry: Registry,
  { type, labels = [], ...options }: TaskDeclaration,
): Promise<OpenKind> {
  const task = await registry.load('task', type, options);
  return { task, kind: task.create({ labels }) };
}

/** A task as a head records it. */
export const headTask = ({ plugin, options }: AnyConfigured<'task'>): HeadTask => ({
  plugin: identityOf(plugin),
  options: options as HeadTask['options'],
});

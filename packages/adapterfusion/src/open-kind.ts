import {
  AdapterFusionError,
  identityOf,
  type AnyConfigured,
  type AnyTaskKind,
  type TaskDeclaration,
  type TaskMetric,
} from '@adapterfusion/contracts';
import type { HeadTask } from '@adapterfusion/model';
import type { Registry } from '@adapterfusion/runtime';

/** A task kind with its options and labels. */
export interface OpenKind {
  readonly task: AnyConfigured<'task'>;
  readonly kind: AnyTaskKind;
}

/**
 * The kind of a declared task; the package of one that is only declared is imported.
 * @throws PLUGIN_MISSING, OPTIONS_INVALID, PLUGIN_FAILED, PLUGIN_INVALID
 */
export async function openKind(
  registry: Registry,
  { type, labels = [], ...options }: TaskDeclaration,
): Promise<OpenKind> {
  const task = await registry.load('task', type, options);
  return { task, kind: createKind(task, labels) };
}

/** A kind with labels. @throws PLUGIN_INVALID for one that lacks something, PLUGIN_FAILED */
export function createKind(task: AnyConfigured<'task'>, labels: readonly string[]): AnyTaskKind {
  const kind = task.create({ labels });
  const problem = lackOf(kind);
  if (problem === undefined) return kind;
  throw new AdapterFusionError('PLUGIN_INVALID', {
    at: identityOf(task.plugin),
    expected: `a task kind with ${problem}`,
    got: 'one without',
    fix: 'Report it to the author of the package.',
  });
}

const FUNCTIONS = [
  ...['parse', 'target', 'texts', 'encode', 'collate', 'stratum', 'decode', 'prediction', 'error', 'describe'],
  'baseline',
] as const;

/** What a kind lacks; TypeScript finds it before, plain JavaScript does not. */
function lackOf(kind: AnyTaskKind): string | undefined {
  const given = kind as unknown as Readonly<Record<string, unknown>>;
  const missing = FUNCTIONS.find((name) => typeof given[name] !== 'function');
  if (missing !== undefined) return `a function "${missing}"`;
  if (!Array.isArray(given['labels'])) return 'a list "labels"';
  if (typeof given['defaultHead'] !== 'string') return 'the name of its "defaultHead", package#id';
  const metrics = (Array.isArray(given['metrics']) ? given['metrics'] : []) as Partial<TaskMetric>[];
  const named = metrics.every(({ name, compute }) => typeof name === 'string' && typeof compute === 'function');
  if (metrics.length === 0 || !named) return 'at least one metric, each with "name" and "compute"';
  if (!metrics.every(({ better }) => better === 'higher' || better === 'lower'))
    return '"better: \'higher\'" or "\'lower\'" in every metric';
  const names = metrics.map(({ name }) => name);
  return new Set(names).size === names.length ? undefined : 'names of metrics that differ';
}

/** A task as a head records it. */
export const headTask = ({ plugin, options }: AnyConfigured<'task'>): HeadTask => ({
  plugin: identityOf(plugin),
  options: options as HeadTask['options'],
});

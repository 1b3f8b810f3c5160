import { AdapterFusionError, identityOf, type AnyPlugin, type Fields } from '@adapterfusion/contracts';
import type { Registry } from '@adapterfusion/runtime';

/**
 * Refuses a row that has all fields of another task kind and one that this kind does not have.
 * @param targets whether fields of targets count
 * @throws DATA_INVALID naming the other kind
 */
export function checkFields(
  own: AnyPlugin<'task'>,
  registry: Registry,
  fields: Fields,
  at: string,
  targets: boolean,
): void {
  const known = Object.keys(own.supports.columns);
  const foreign = Object.keys(fields).filter((name) => name !== 'at' && !known.includes(name));
  if (foreign.length === 0) return;
  const other = registry.list('task').find((plugin) => {
    const needed = requiredOf(plugin, targets);
    const fits = identityOf(plugin) !== identityOf(own) && needed.every((name) => fields[name] !== undefined);
    return fits && needed.some((name) => foreign.includes(name));
  });
  if (!other) return;
  throw new AdapterFusionError('DATA_INVALID', {
    at,
    expected: `the fields of ${own.id}: ${known.join(', ')}`,
    got: `${Object.keys(fields).join(', ')}, which are those of ${other.id}`,
    fix: `Give rows of ${own.id}, or work on ${other.id}.`,
  });
}

const requiredOf = ({ supports }: AnyPlugin<'task'>, targets: boolean): string[] =>
  Object.entries(supports.columns).flatMap(([name, { required = true, target = false }]) =>
    required && (targets || !target) ? [name] : [],
  );

/**
 * Does something with the fields of rows; where they are refused, the error names the other kind that they look like, also one
 * whose package is only declared.
 * @param fieldsAt the fields of the row at the place that an error names
 * @param targets whether fields of targets count
 */
export async function withKindHint<T>(
  own: AnyPlugin<'task'>,
  registry: Registry,
  fieldsAt: (at: string | undefined) => Fields | undefined,
  work: () => Promise<T> | T,
  targets = true,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!AdapterFusionError.is(error) || error.code !== 'DATA_INVALID') throw error;
    const fields = fieldsAt(error.at);
    if (fields) {
      await registry.provideAll('task');
      checkFields(own, registry, fields, error.at ?? own.id, targets);
    }
    throw error;
  }
}

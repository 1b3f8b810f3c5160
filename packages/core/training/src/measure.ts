import { AdapterFusionError, nearest, type AnyTaskKind } from '@adapterfusion/contracts';

/**
 * Metrics of a task kind by name.
 * @param predictions as the kind's `prediction` gives them, one an example
 * @param targets of the examples, in the same order
 * @throws OPTIONS_INVALID for a name that is no metric of the kind
 */
export function measure(
  { metrics }: Pick<AnyTaskKind, 'metrics'>,
  names: readonly string[],
  predictions: readonly unknown[],
  targets: readonly unknown[],
): Record<string, number> {
  const value = (name: string): number => {
    const metric = metrics.find((each) => each.name === name);
    if (metric) return metric.compute(predictions, targets);
    const known = metrics.map((each) => each.name);
    const near = nearest(name, known);
    throw new AdapterFusionError('OPTIONS_INVALID', {
      at: 'metrics',
      expected: `one of ${known.join(', ')}`,
      got: JSON.stringify(name),
      fix: near === undefined ? 'Name one of them.' : `Did you mean "${near}"?`,
    });
  };
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

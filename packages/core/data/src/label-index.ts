import { AdapterFusionError, nearest } from '@adapterfusion/contracts';
import { shown } from './invalid.js';

/**
 * The index of a label.
 * @param value its name, or already its index
 * @throws LABEL_UNKNOWN with the nearest name
 */
export function labelIndex(value: unknown, labels: readonly string[], at: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < labels.length) return value;
  const index = labels.indexOf(String(value).trim());
  if (index >= 0) return index;
  const near = nearest(String(value), labels);
  throw new AdapterFusionError('LABEL_UNKNOWN', {
    at,
    expected: `one of the labels ${labels.map((name) => shown(name)).join(', ')}`,
    got: shown(value),
    fix: near === undefined ? 'Correct the row.' : `Did you mean ${shown(near)}?`,
  });
}

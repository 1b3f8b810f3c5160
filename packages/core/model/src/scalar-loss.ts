import {
  AdapterFusionError,
  identityOf,
  type HostTargets,
  type LossWeights,
  type Tensor,
} from '@adapterfusion/contracts';
import type { RegisteredHead } from './registered.js';

/** The loss of a head. @throws PLUGIN_FAILED naming the head, where it is no scalar */
export function scalarLoss(
  { instance, configured }: RegisteredHead,
  outputs: Tensor,
  targets: HostTargets,
  weights: LossWeights | undefined,
): Tensor {
  const loss = instance.loss(outputs, targets, weights) as Partial<Tensor> | undefined;
  if (Array.isArray(loss?.shape) && loss.shape.length === 0) return loss as Tensor;
  throw new AdapterFusionError('PLUGIN_FAILED', {
    at: identityOf(configured.plugin),
    expected: 'a loss that is a tensor of shape [], the mean over the rows',
    got: Array.isArray(loss?.shape) ? `a tensor of shape [${loss.shape.join(', ')}]` : typeof loss,
    fix: 'Report it to the author of the package.',
  });
}

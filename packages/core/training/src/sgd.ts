import { add, assign, mul, scope, sub } from '@adapterfusion/tensor';
import type { UpdateRule } from './optimiser.js';

/**
 * `torch.optim.SGD` without dampening and without Nesterov momentum: `d = gradient + weightDecay · parameter` (L2),
 * `buffer = momentum · buffer + d`, `parameter −= learningRate · buffer`. Without momentum no buffers are kept.
 */
export const sgd = (momentum: number): UpdateRule => ({
  moments: momentum > 0 ? ['momentum'] : [],
  step(parameter, gradient, { momentum: buffer }, { learningRate, weightDecay }) {
    scope(() => {
      const decayed = weightDecay > 0 ? add(gradient, mul(parameter, weightDecay)) : gradient;
      const direction = buffer ? add(mul(buffer, momentum), decayed) : decayed;
      if (buffer) assign(buffer, direction);
      assign(parameter, sub(parameter, mul(direction, learningRate)));
    });
  },
});

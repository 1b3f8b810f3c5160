import type { Tensor } from '@adapterfusion/contracts';
import { adamStep, dispose, mul, parameter } from '@adapterfusion/tensor';

/** A parameter with its optimiser state, all of one shape. */
interface Moments {
  readonly parameter: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
  /** Updates done. */
  count: number;
}

/** AdamW over a set of parameters; moments are kept by path. */
export interface Optimiser {
  readonly state: ReadonlyMap<string, Moments>;
  /**
   * One update in place. The gradients stay the caller's; a parameter without one is left alone, its moments and their
   * count too, as `torch.optim.AdamW` does.
   * @param factor what the gradients are multiplied by first
   */
  update(gradients: ReadonlyMap<string, Tensor>, learningRate: number, factor: number): void;
  /** Frees the moments; the parameters stay. */
  dispose(): void;
}

/** @param parameters by path  @param weightDecay decoupled, on every parameter, as `torch.optim.AdamW` */
export function createOptimiser(parameters: ReadonlyMap<string, Tensor>, weightDecay: number): Optimiser {
  const zeros = (tensor: Tensor): Tensor => parameter(new Float32Array(tensor.size), tensor.shape);
  const state = new Map<string, Moments>();
  for (const [path, tensor] of parameters)
    state.set(path, { parameter: tensor, first: zeros(tensor), second: zeros(tensor), count: 0 });
  return {
    state,
    update(gradients, learningRate, factor) {
      const settings = { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay };
      for (const [path, moments] of state) {
        const gradient = gradients.get(path);
        if (!gradient) continue;
        const { parameter, first, second } = moments;
        const count = (moments.count += 1);
        const scaled = factor === 1 ? gradient : mul(gradient, factor);
        adamStep(parameter, scaled, first, second, { ...settings, count });
        if (scaled !== gradient) scaled.dispose();
      }
    },
    dispose() {
      for (const { first, second } of state.values()) dispose([first, second]);
    },
  };
}

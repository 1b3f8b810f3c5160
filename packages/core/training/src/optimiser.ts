import type { LoopSettings, ParameterGroup, Tensor } from '@adapterfusion/contracts';
import { adamStep, dispose, mul, parameter } from '@adapterfusion/tensor';
import { sgd } from './sgd.js';

/** A parameter with its optimiser state. */
interface ParameterState {
  readonly parameter: Tensor;
  /** Of the parameter's shape, by the names that checkpoints store them under. */
  readonly moments: { readonly [name: string]: Tensor };
  /** Updates done. */
  count: number;
}

/** What an update of one parameter is a function of, beside the tensors. */
interface UpdateNumbers {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Updates of the parameter, this one included: 1 for the first. */
  readonly count: number;
}

/** How one parameter is updated. */
export interface UpdateRule {
  /** Names of its moments, which are 0 at first. */
  readonly moments: readonly string[];
  /** Changes the parameter and its moments in place; the gradient stays the caller's. */
  step(parameter: Tensor, gradient: Tensor, moments: { readonly [name: string]: Tensor }, numbers: UpdateNumbers): void;
}

/** `torch.optim.AdamW`: betas 0.9 and 0.999, epsilon 1e-8, decoupled weight decay. */
const ADAMW: UpdateRule = {
  moments: ['first', 'second'],
  step(parameter, gradient, { first, second }, numbers) {
    adamStep(parameter, gradient, first!, second!, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...numbers });
  },
};

/** The update rule that the settings name. */
const updateRule = ({ optimizer, momentum }: OptimiserSettings): UpdateRule =>
  optimizer === 'sgd' ? sgd(momentum) : ADAMW;

/** What the settings say about updates. */
type OptimiserSettings = Pick<LoopSettings, 'optimizer' | 'momentum' | 'weightDecay'>;

/** Updates of a set of parameters; moments are kept by path. */
export interface Optimiser {
  readonly state: ReadonlyMap<string, ParameterState>;
  /**
   * One update in place. The gradients stay the caller's; a parameter without one is left alone, its moments and their
   * count too, as the optimizers of PyTorch do.
   * @param factor what the gradients are multiplied by first
   */
  update(gradients: ReadonlyMap<string, Tensor>, learningRate: number, factor: number): void;
  /** Frees the moments; the parameters stay. */
  dispose(): void;
}

/** @param parameters by path  @param groups by path, for parameters whose learning rate or weight decay differ */
export function createOptimiser(
  parameters: ReadonlyMap<string, Tensor>,
  settings: OptimiserSettings,
  groups?: ReadonlyMap<string, ParameterGroup>,
): Optimiser {
  const rule = updateRule(settings);
  const state = new Map<string, ParameterState>();
  for (const [path, tensor] of parameters) {
    const zeros = (): Tensor => parameter(new Float32Array(tensor.size), tensor.shape);
    const moments = Object.fromEntries(rule.moments.map((name) => [name, zeros()]));
    state.set(path, { parameter: tensor, moments, count: 0 });
  }
  return {
    state,
    update(gradients, learningRate, factor) {
      for (const [path, each] of state) {
        const gradient = gradients.get(path);
        if (!gradient) continue;
        const count = (each.count += 1);
        const group = groups?.get(path);
        const scaled = factor === 1 ? gradient : mul(gradient, factor);
        rule.step(each.parameter, scaled, each.moments, {
          learningRate: learningRate * (group?.learningRate ?? 1),
          weightDecay: group?.weightDecay ?? settings.weightDecay,
          count,
        });
        if (scaled !== gradient) scaled.dispose();
      }
    },
    dispose() {
      for (const { moments } of state.values()) dispose(Object.values(moments));
    },
  };
}

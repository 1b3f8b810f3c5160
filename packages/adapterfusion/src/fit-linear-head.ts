import { AdapterFusionError } from '@adapterfusion/contracts';
import type { Model } from '@adapterfusion/model';
import { fitLinear, type LinearFit, type LinearFitOptions } from './linear-fit.js';

/**
 * Fits a linear head in closed form on pooled features and gives its parameters the values: regularised logistic
 * regression, C by log-loss over repeated stratified folds. The model's head then answers as the fit does.
 * @param features `[rows, hidden]` row-major, as the head's `pool` gives them
 * @param labels class of each row
 * @returns the fit
 * @throws UNSUPPORTED for a head that is not linear
 */
export function fitLinearHead(
  model: Model,
  name: string,
  features: Float32Array,
  labels: readonly number[],
  options: Pick<LinearFitOptions, 'seed' | 'classWeights' | 'prior' | 'folds'>,
): LinearFit {
  const head = model.heads.get(name)!;
  const fit = fitLinear(features, labels, { ...options, width: model.backbone.hidden, classes: head.labels.length });
  setLinearHead(model, name, fit);
  return fit;
}

/** Gives a linear head the weights of a fit. @throws UNSUPPORTED for a head that is not linear */
export function setLinearHead(
  model: Model,
  name: string,
  { weights, bias }: Pick<LinearFit, 'weights' | 'bias'>,
): void {
  const { linear } = model.heads.get(name)!.instance;
  if (!linear)
    throw new AdapterFusionError('UNSUPPORTED', {
      at: name,
      expected: 'a linear head, of one layer with a bias',
      got: 'a head without a closed form',
      fix: 'Use a classification head with layers: 1 and bias: true.',
    });
  const classes = bias.length;
  const at = (parameter: string): string => `heads/${name}/${parameter}`;
  model.parameters.set(at(linear.weight), {
    shape: [classes, weights.length / classes],
    data: Float32Array.from(weights),
  });
  model.parameters.set(at(linear.bias), { shape: [classes], data: Float32Array.from(bias) });
}

import type { Scaling } from './feature-scaling.js';

/** Weights and bias of a linear classifier, of scaled features. */
export interface LinearWeights {
  /** `[classes, width]`, or `[1, width]` of class 1 where there are two. */
  readonly weights: Float64Array;
  /** `[classes]` or `[1]` */
  readonly bias: Float64Array;
}

/** What a logistic regression is fitted to, and how features are scaled, but for the strength of the penalty. */
export interface LogisticProblemOptions {
  /** Features in a row. Sparse rows say it themselves. */
  readonly width?: number;
  /** How many classes there are. */
  readonly classes: number;
  /**
   * `unit`: each row divided by its Euclidean norm; `standardise`: each feature with mean 0 and deviation 1 over the
   * training rows, dense rows only; `none`. Default `standardise` for dense rows, `none` for sparse ones.
   */
  readonly scaling?: Scaling;
  /**
   * Weights towards which the penalty pulls, in the place of 0. With a bias the penalty pulls the bias towards it too;
   * without, the bias is not penalised.
   */
  readonly prior?: { readonly weights: Float64Array; readonly bias?: Float64Array };
  /** Weight of each row's loss. Default 1 */
  readonly rowWeights?: ArrayLike<number>;
  /**
   * Weight of each class's loss, on top of `rowWeights`; `balanced`: rows / (classes that occur · rows of the class), as in
   * scikit-learn. Default 1
   */
  readonly classWeights?: readonly number[] | 'balanced';
  /** Most L-BFGS steps of a fit. Default 500 */
  readonly iterations?: number;
}

/** How `logisticRegression` fits. */
export interface LogisticRegressionOptions extends LogisticProblemOptions {
  /** Weight of the squared norm of the weights over 2, against the summed loss: 1/C of scikit-learn. Default 1 */
  readonly l2?: number;
  /** Where the fit begins; the result does not depend on it, within the tolerance. Default: the prior */
  readonly start?: LinearWeights;
}

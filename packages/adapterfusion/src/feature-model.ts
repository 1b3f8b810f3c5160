import type { Head, HostBatch, HostTargets, LossWeights, Tensor, TrainMode } from '@adapterfusion/contracts';
import { ParameterSet } from '@adapterfusion/model';
import { dispose, gatherRows, gradients, intTensor, parameterRandom, scope, tensor } from '@adapterfusion/tensor';
import type { TrainableModel } from '@adapterfusion/training';
import type { FeatureRows } from './fit-head.js';

/** A head on features that are computed already, of the rows that {@link FeatureModel.use} names. */
export class FeatureModel implements TrainableModel {
  readonly parameters = new ParameterSet();
  readonly #head: Head;
  readonly #width: number;
  readonly #params: Readonly<Record<string, Tensor>>;
  #features: Tensor | undefined;
  /** The inputs of each row. */
  #inputs: readonly (readonly number[])[] = [];

  constructor(head: Head, width: number, seed: number) {
    this.#head = head;
    this.#width = width;
    this.#params = this.parameters.add('heads/head', head.init(parameterRandom(seed, 'heads/head')));
  }

  /** Sets the rows that batches name by their places, with their features. */
  use({ rows, features }: FeatureRows): void {
    if (this.#features) dispose(this.#features);
    this.#features = tensor(features, [features.length / this.#width, this.#width]);
    let input = 0;
    this.#inputs = rows.map(({ group }) => group.map(() => input++));
  }

  lossAndGradients(
    _batch: HostBatch,
    targets: HostTargets,
    options: { readonly weights?: LossWeights; readonly train: TrainMode; readonly rows?: readonly number[] },
  ): { loss: Tensor; gradients: Map<string, Tensor> } {
    return scope(() => {
      const pooled = this.#of(options.rows);
      const loss = (): Tensor =>
        this.#head.loss(this.#head.forward(this.#params, pooled, options.train), targets, options.weights);
      const { value, gradients: found } = gradients(loss, this.parameters.trainable());
      return { loss: value, gradients: found };
    });
  }

  penaltyGradients(): undefined {
    return undefined;
  }

  logits(_batch: HostBatch, { rows }: { readonly rows?: readonly number[] }): Tensor {
    return scope(() => this.#head.forward(this.#params, this.#of(rows)));
  }

  dispose(): void {
    if (this.#features) dispose(this.#features);
    this.parameters.dispose();
  }

  #of(rows: readonly number[] | undefined): Tensor {
    const inputs = Int32Array.from(rows!.flatMap((row) => this.#inputs[row]!));
    return gatherRows(this.#features!, intTensor(inputs, [inputs.length]));
  }
}

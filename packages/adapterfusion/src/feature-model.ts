import type { Head, HostBatch, HostTargets, LossWeights, Tensor, TrainMode } from '@adapterfusion/contracts';
import { ParameterSet } from '@adapterfusion/model';
import { dispose, gatherRows, gradients, intTensor, parameterRandom, scope, tensor } from '@adapterfusion/tensor';
import type { TrainableModel } from '@adapterfusion/training';

/** A head on features that are computed already; an input's only token is its index. */
export class FeatureModel implements TrainableModel {
  readonly parameters = new ParameterSet();
  readonly #head: Head;
  readonly #width: number;
  readonly #params: Readonly<Record<string, Tensor>>;
  #features: Tensor | undefined;

  constructor(head: Head, width: number, seed: number) {
    this.#head = head;
    this.#width = width;
    this.#params = this.parameters.add('heads/head', head.init(parameterRandom(seed, 'heads/head')));
  }

  /** Sets the features, `[inputs, width]` row-major. */
  use(features: Float32Array): void {
    if (this.#features) dispose(this.#features);
    this.#features = tensor(features, [features.length / this.#width, this.#width]);
  }

  lossAndGradients(
    batch: HostBatch,
    targets: HostTargets,
    options: { readonly weights?: LossWeights; readonly train: TrainMode },
  ): { loss: Tensor; gradients: Map<string, Tensor> } {
    return scope(() => {
      const pooled = this.#rows(batch);
      const loss = (): Tensor =>
        this.#head.loss(this.#head.forward(this.#params, pooled, options.train), targets, options.weights);
      const { value, gradients: found } = gradients(loss, this.parameters.trainable());
      return { loss: value, gradients: found };
    });
  }

  penaltyGradients(): undefined {
    return undefined;
  }

  logits(batch: HostBatch): Tensor {
    return scope(() => this.#head.forward(this.#params, this.#rows(batch)));
  }

  dispose(): void {
    if (this.#features) dispose(this.#features);
    this.parameters.dispose();
  }

  #rows({ ids, shape }: HostBatch): Tensor {
    return gatherRows(this.#features!, intTensor(ids, [shape[0]]));
  }
}

import type { Backbone, HostBatch, HostTargets, Params, RandomKey, Tensor } from '@adapterfusion/contracts';
import { clone, constant, dispose, gradients, isFrozen, read, scope, setTrainable } from '@adapterfusion/tensor';
import type { TrainableModel } from '@adapterfusion/training';
import { losses, weighed, type Losses } from './losses.js';
import { studentBackbone } from './student.js';
import type { Recipe } from './recipe.js';
import type { Targets } from './targets.js';

/** The three losses as numbers. */
export type LossValues = { readonly [name in keyof Losses]: number };

/** A student under its teacher, as the training loop takes it: a row's target is its index among the teacher's answers. */
export class DistilModel implements TrainableModel {
  readonly #backbone: Backbone;
  readonly #params: Params;

  /** @param tensors by path, as `initialStudent` makes them; the model takes them over */
  constructor(
    recipe: Recipe,
    readonly tensors: ReadonlyMap<string, Tensor>,
    readonly targets: Targets,
    readonly maskId: number,
  ) {
    this.#backbone = studentBackbone(recipe);
    this.#params = Object.fromEntries(tensors);
  }

  readonly parameters = {
    get: (path: string): Tensor => {
      const found = this.tensors.get(path);
      if (found) return found;
      throw new TypeError(`No parameter is called "${path}"`);
    },
    setTrainable: (trains: (path: string) => boolean): void => {
      for (const [path, tensor] of this.tensors) setTrainable(tensor, trains(path));
    },
    trainable: () => new Map([...this.tensors].filter(([, tensor]) => !isFrozen(tensor))),
  };

  lossAndGradients(
    batch: HostBatch,
    { places }: HostTargets,
    { train: { key } }: Parameters<TrainableModel['lossAndGradients']>[2],
  ): { loss: Tensor; gradients: Map<string, Tensor> } {
    const table = this.#table();
    const result = gradients(
      () => weighed(this.#losses(table, batch, [...places!.data], key)),
      this.parameters.trainable(),
    );
    table.dispose();
    return { loss: result.value, gradients: result.gradients };
  }

  /** The three losses on a batch. @param key decides which words are hidden */
  async measure(batch: HostBatch, labels: readonly number[], key: RandomKey): Promise<LossValues> {
    const table = this.#table();
    const found = scope(() => this.#losses(table, batch, labels, key));
    table.dispose();
    const values = await Promise.all(Object.values(found).map(read));
    dispose(found);
    const [states, similarity, words] = values.map(([value]) => value!);
    return { states: states!, similarity: similarity!, words: words! };
  }

  penaltyGradients(): undefined {
    return undefined;
  }

  logits(): Tensor {
    throw new TypeError('A student has no labels to predict');
  }

  dispose(): void {
    dispose(this.tensors.values());
  }

  #table(): Tensor {
    return constant(clone(this.parameters.get('embeddings.word_embeddings.weight')));
  }

  #losses(table: Tensor, batch: HostBatch, labels: readonly number[], key: RandomKey): Losses {
    return losses(this.#backbone, this.#params, table, this.targets, batch, labels, key, this.maskId);
  }
}

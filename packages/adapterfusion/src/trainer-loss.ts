import { AdapterFusionError, type Head, type HostBatch, type HostTargets, type Tensor } from '@adapterfusion/contracts';
import type { Model } from '@adapterfusion/model';
import type { HeadPass, TrainableModel } from '@adapterfusion/training';

type LossOptions = Parameters<TrainableModel['lossAndGradients']>[2];

/**
 * The model with the loss that a phase has in place of the head's. During a pass the head is registered with that loss.
 * @param phase its name, for messages
 */
export function withTrainerLoss(model: Model, phase: string): TrainableModel {
  return {
    parameters: model.parameters,
    frozenLayers: (composition) => (model as TrainableModel).frozenLayers!(composition),
    activations: (batch, options) => (model as TrainableModel).activations!(batch, options),
    penaltyGradients: () => model.penaltyGradients(),
    rowGroup: (composition) => (model as TrainableModel).rowGroup!(composition),
    logits: (batch, options) => (model as TrainableModel).logits(batch, options),
    lossAndGradients(batch: HostBatch, targets: HostTargets, { loss, ...options }: LossOptions) {
      const registered = model.heads.get(options.head)!;
      const instance = loss ? withLoss(registered.instance, loss, phase) : registered.instance;
      model.heads.set(options.head, { ...registered, instance });
      try {
        return (model as TrainableModel).lossAndGradients(batch, targets, options);
      } finally {
        model.heads.set(options.head, registered);
      }
    },
  };
}

function withLoss(head: Head, loss: (pass: HeadPass) => Tensor, phase: string): Head {
  let features: Tensor | undefined;
  return {
    ...head,
    forward(params, given, train) {
      features = given;
      return head.forward(params, given, train);
    },
    loss(outputs, targets, weights) {
      const headLoss = (): Tensor => head.loss(outputs, targets, weights);
      const found = loss({ outputs, features: features!, headLoss }) as Partial<Tensor> | undefined;
      if (Array.isArray(found?.shape) && found.shape.length === 0) return found as Tensor;
      throw new AdapterFusionError('PLUGIN_FAILED', {
        at: `${phase}.loss`,
        expected: 'a loss that is a tensor of shape [], the mean over the rows',
        got: Array.isArray(found?.shape) ? `a tensor of shape [${found.shape.join(', ')}]` : typeof found,
        fix: 'Report it to the author of the trainer.',
      });
    },
  };
}

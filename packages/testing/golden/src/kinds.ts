import { parameterAt, type TrainEvent } from '@adapterfusion/contracts';
import type { Model } from '@adapterfusion/model';
import { resolveSettings } from '@adapterfusion/training';
import { createRegistry } from 'adapterfusion';

/** The reference's training runs, each with a composition and our trainer for it. */
export const KINDS = {
  fusion: { case: 'fuse3_dynamic', trainer: 'fusion', adapters: ['mnli', 'qqp', 'sst'], fusions: ['mnli+qqp+sst'] },
  adapter: { case: 'single_mnli', trainer: 'st-a', adapters: ['mnli'], fusions: [] },
  full: { case: 'base', trainer: 'full', adapters: [], fusions: [] },
} as const;

export type Kind = keyof typeof KINDS;

/** Lets train what the trainer of a kind wants. */
export async function letTrain(model: Model, kind: Kind): Promise<void> {
  const { trainer: name, adapters, fusions } = KINDS[kind];
  const trainer = createRegistry().configure('trainer', name).create({});
  const run = trainer.run({
    settings: resolveSettings({}, trainer.defaults),
    adapters,
    fusions,
    tasks: [{ name: 'clf', rows: 0, stratum: () => undefined }],
    head: 'clf',
    encoder: model.encoderPaths('clf'),
    layers: model.backbone.layers,
    // eslint-disable-next-line require-yield -- the steps are taken one by one where this is used
    async *loop(phase): AsyncGenerator<TrainEvent, void, void> {
      model.parameters.setTrainable((path) => phase.trains(parameterAt(path)));
    },
    evaluate: () => Promise.resolve({}),
    outputs: () => Promise.resolve([]),
    snapshot: () => Promise.resolve(() => undefined),
  });
  for await (const event of run) throw new Error(event.type);
}

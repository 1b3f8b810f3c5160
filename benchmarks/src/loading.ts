import { load, type BackendName, type LoadedModel } from 'adapterfusion';
import { firstPair, sharedPlaces } from './shared.js';
import type { Prepared } from './stepper.js';
import { LONGEST } from './work.js';

/** Loads a set-up with its encoder, ready to predict, and frees it again. It is asked once whether it predicts. */
export async function loading(backend: BackendName): Promise<Prepared> {
  const places = sharedPlaces();
  const open = (): Promise<LoadedModel> => load(places.setup, { model: places.model, backend });
  const model = await open();
  const [first] = await model.predict([await firstPair(places)], { maxLength: LONGEST });
  model.dispose();
  return {
    answer: `label ${model.labels.indexOf(first!.label)}`,
    step: async () => {
      const begun = performance.now();
      (await open()).dispose();
      return performance.now() - begun;
    },
  };
}

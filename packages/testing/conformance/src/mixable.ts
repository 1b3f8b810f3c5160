import type { Site } from '@adapterfusion/contracts';
import type { Model } from '@adapterfusion/model';

/** The sites where the adapter `x` acts. */
export const sitesOfX = ({ backbone, adapters }: Model): Site[] =>
  backbone.sites.filter(({ name }) => adapters.get('x')!.sites.has(name));

/** Whether the adapter `x` gives contributions alone, which fusions, averages and splits can mix. */
export const isMixable = (model: Model): boolean =>
  sitesOfX(model).every(({ role }) => role === 'sublayer' || role === 'linear');

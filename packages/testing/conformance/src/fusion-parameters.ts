import type { Fusion, Params, Site } from '@adapterfusion/contracts';
import { parameterRandom } from '@adapterfusion/tensor';

/** New parameters of a fusion at a site, with those that it would share. */
export function fusionParameters(fusion: Fusion, site: Site, children: number): Params {
  const random = parameterRandom(1, 'f');
  return {
    ...fusion.init(site, children, random),
    ...fusion.initShared?.({ scope: 'layer', layer: site.layer, sites: [site] }, children, random),
    ...fusion.initShared?.({ scope: 'model', sites: [site] }, children, random),
  };
}

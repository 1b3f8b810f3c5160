import type { LinearFit } from './linear-fit.js';
import { STRENGTHS, type Workbench } from './workbench.js';

/** A strength of the average, and the head that is fitted with it. */
export interface StrengthChoice {
  readonly strength: number;
  readonly fit: LinearFit;
}

/**
 * The strength of the average of the adapters: the largest whose cross-validated log-loss is within one standard error of
 * the lowest. Adapters that do not help are weakened, so that the average does no harm.
 */
export async function chooseStrength(bench: Workbench): Promise<StrengthChoice> {
  const fits: StrengthChoice[] = [];
  for (const strength of STRENGTHS) fits.push({ strength, fit: await bench.fit(bench.branchOf({ strength })) });
  const loss = ({ fit }: StrengthChoice): number => fit.logLoss ?? 0;
  const best = fits.reduce((a, b) => (loss(b) < loss(a) ? b : a));
  const most = loss(best) + (best.fit.standardError ?? 0);
  return fits.findLast((each) => loss(each) <= most)!;
}

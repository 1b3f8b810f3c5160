import type { Site } from '@adapterfusion/contracts';
import type { BottleneckOptions } from './options.js';

/** `width // factor` as Python divides, at least 1: exact also where `width / factor` would round up. */
export const bottleneckSize = (width: number, factor: number): number =>
  Math.max(1, Math.round((width - (width % factor)) / factor));

/** The width of the bottleneck at a site. */
export function sizeAt(options: BottleneckOptions, site: Site): number {
  const given = options.reduction_factor;
  const factor = typeof given === 'number' ? given : (given[String(site.layer)] ?? given['default']!);
  return bottleneckSize(site.outDim, factor);
}

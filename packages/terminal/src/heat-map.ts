import type { AttentionSummary } from 'adapterfusion';
import { table } from './table.js';

const SHADES = [' ', '░', '▒', '▓', '█'];

/**
 * The paper's figure as text: how much each layer's fusion relies on each adapter; darker is more. Weights may be of either
 * sign and need not add up to 1: the darkest shade is a weight of 1, or the largest one where that is more. Where every
 * channel has a weight, the standard deviation over the channels follows the mean.
 */
export function heatMap({ adapters, sites }: AttentionSummary): string[] {
  const most = Math.max(1, ...sites.flatMap(({ weights }) => weights.map(Math.abs)));
  const cell = (weight: number, spread: number | undefined): string => {
    const share = Math.abs(weight) / most;
    const shade = SHADES[Math.min(SHADES.length - 1, Math.floor(share * SHADES.length))]!;
    return `${shade.repeat(3)} ${weight.toFixed(2)}${spread === undefined ? '' : ` ±${spread.toFixed(2)}`}`;
  };
  return table([
    ['layer/location', ...adapters],
    ...sites.map(({ site, weights, spread }) => [site, ...weights.map((weight, at) => cell(weight, spread?.[at]))]),
  ]);
}

/** The line above a {@link heatMap}. */
export function weightsHeading({ sites, free }: AttentionSummary): string {
  if (sites.some(({ spread }) => spread)) return 'Weights of the fusion, mean ± standard deviation over the channels:';
  return free ? 'Weights of the fusion:' : 'Attention of the fusion, mean over tokens and rows:';
}

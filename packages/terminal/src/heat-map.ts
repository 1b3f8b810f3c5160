import type { AttentionSummary } from 'adapterfusion';
import { table } from './table.js';

const SHADES = [' ', '░', '▒', '▓', '█'];

/** The paper's figure as text: how much each layer's fusion relies on each adapter; darker is more. */
export function heatMap({ adapters, sites }: AttentionSummary): string[] {
  const cell = (weight: number): string => {
    const shade = SHADES[Math.min(SHADES.length - 1, Math.floor(weight * SHADES.length))]!;
    return `${shade.repeat(3)} ${weight.toFixed(2)}`;
  };
  return table([['layer/location', ...adapters], ...sites.map(({ site, weights }) => [site, ...weights.map(cell)])]);
}

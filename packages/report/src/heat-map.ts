import type { AttentionSummary } from 'adapterfusion';
import { html, type Html } from './html.js';

/** From this weight on, white letters have more contrast than black ones, at least 4.5, on a light page. */
const STRONG = 0.72;

/**
 * The paper's figure: how much each layer's fusion relies on each adapter. Numbers are in the cells; darker is more. Weights
 * may be of either sign and need not add up to 1: the darkest cell is a weight of 1, or the largest one where that is more.
 * Where every channel has a weight, the standard deviation over the channels follows the mean.
 */
export function heatMap(caption: string, { adapters, sites }: AttentionSummary): Html {
  const most = Math.max(1, ...sites.flatMap(({ weights }) => weights.map(Math.abs)));
  const cell = (weight: number, spread: number | undefined): Html => {
    const share = Math.abs(weight) / most;
    const text = `${weight.toFixed(2)}${spread === undefined ? '' : ` ±${spread.toFixed(2)}`}`;
    return html`<td class="${share > STRONG ? 'strong' : ''}" style="--w: ${share.toFixed(3)}">${text}</td>`;
  };
  return html`<div class="scroll">
    <table class="heat">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">layer and place</th>
          ${adapters.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${sites.map(
          ({ site, weights, spread }) =>
            html`<tr>
              <th scope="row">${site}</th>
              ${weights.map((weight, at) => cell(weight, spread?.[at]))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

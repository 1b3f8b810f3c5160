import type { AttentionSummary } from 'adapterfusion';
import { html, type Html } from './html.js';

/** From this weight on, white letters have more contrast than black ones, at least 4.5, on a light page. */
const STRONG = 0.72;

/** The paper's figure: how much each layer's fusion relies on each adapter. Numbers are in the cells; darker is more. */
export function heatMap(caption: string, { adapters, sites }: AttentionSummary): Html {
  const cell = (weight: number): Html =>
    html`<td class="${weight > STRONG ? 'strong' : ''}" style="--w: ${weight.toFixed(3)}">${weight.toFixed(2)}</td>`;
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
          ({ site, weights }) =>
            html`<tr>
              <th scope="row">${site}</th>
              ${weights.map(cell)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

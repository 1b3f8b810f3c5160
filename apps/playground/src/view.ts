import { heatMap, html, type Html } from '@adapterfusion/report';
import type { Prediction, TableEvent } from 'adapterfusion';
import type { Stage } from './learn.js';

/** The element of that kind with that selector, which the page has. */
export function part<T extends Element>(kind: new () => T, selector: string): T {
  const found = document.querySelector(selector);
  if (found instanceof kind) return found;
  throw new TypeError(`the page has no ${kind.name} "${selector}"`);
}

const put = (selector: string, content: Html): void => void (part(HTMLElement, selector).innerHTML = content.markup);

/** Says how the whole is; `wrong` for what went wrong. */
export function status(text: string, wrong = false): void {
  const line = part(HTMLElement, '#status');
  line.textContent = text;
  line.classList.toggle('wrong', wrong);
}

/** Says how far a part is. @param share of 1 */
export function progress(stage: Stage, share: number, words: string): void {
  part(HTMLProgressElement, `[data-stage=${stage}] progress`).value = share;
  part(HTMLOutputElement, `[data-stage=${stage}] output`).textContent = words;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Shows a prediction: the scores of its labels, and how much each layer relied on each adapter for this sentence. */
export function prediction({ label, scores, attention = {} }: Prediction, adapters: readonly string[]): void {
  put(
    '#scores',
    html`${Object.entries(scores).map(
      ([name, score]) =>
        html`<div class="score ${name === label ? 'best' : ''}">
          <span>${name}</span><meter value="${score}" aria-label="${name}"></meter><span>${percent(score)}</span>
        </div>`,
    )}`,
  );
  const sites = Object.entries(attention).map(([site, weights]) => ({ site, weights }));
  put('#attention', heatMap('How much each layer relies on each adapter for this sentence', { adapters, sites }));
}

/** Shows the saved composition and the methods that it is compared with. */
export function comparison({ table, rows }: TableEvent): void {
  put(
    '#table',
    html`<div class="scroll">
      <table class="methods">
        <caption>
          Right answers on ${rows} sentences about products that nothing was trained on
        </caption>
        <tbody>
          ${table.map(
            ({ saved, name, metrics }) =>
              html`<tr class="${saved ? 'main' : ''}">
                <th scope="row">${name}</th>
                <td>${percent(metrics['accuracy']!)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`,
  );
}

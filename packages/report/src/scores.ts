import { html, type Html } from './html.js';
import { wilson } from './wilson.js';

/** A way to do a task, and how well it does. */
export interface Score {
  readonly name: string;
  /** Share that is right, 0 to 1. */
  readonly value: number;
  /** Parameters that were trained. */
  readonly trained: number;
  /** The row that the page is about. */
  readonly main?: boolean;
}

/** Bars are drawn on this many units. */
const WIDE = 1000;

/**
 * Scores as a table with bars; the lines on the bars are 95 % intervals.
 * @param caption what was measured
 * @param rows how many rows every share is of
 */
export function scoreTable(caption: string, scores: readonly Score[], rows: number): Html {
  const line = ({ name, value, trained, main = false }: Score): Html => {
    const [low, high] = wilson(value, rows);
    const at = (share: number): number => Math.round(share * WIDE);
    return html`<tr class="${main ? 'main' : ''}">
      <th scope="row">${name}</th>
      <td>${percent(value)}</td>
      <td class="more">${percent(low)} to ${percent(high)}</td>
      <td class="bar">
        <svg viewBox="0 0 ${WIDE} 20" preserveAspectRatio="none" aria-hidden="true">
          <rect x="0" y="3" width="${at(value)}" height="14" rx="2" />
          <line x1="${at(low)}" x2="${at(high)}" y1="10" y2="10" />
        </svg>
      </td>
      <td>${trained.toLocaleString('en')}</td>
    </tr>`;
  };
  return html`<div class="scroll">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">way</th>
          <th scope="col">right, %</th>
          <th scope="col" class="more">95 % interval</th>
          <th scope="col" class="bar"></th>
          <th scope="col">trained parameters</th>
        </tr>
      </thead>
      <tbody>
        ${scores.map(line)}
      </tbody>
    </table>
  </div>`;
}

const percent = (share: number): string => (share * 100).toFixed(1);

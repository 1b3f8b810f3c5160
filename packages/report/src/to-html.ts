import { curves } from './curves.js';
import type { Block, ReportText, TableCell } from './document.js';
import { heatMap } from './heat-map.js';
import { html, type Html } from './html.js';
import { page } from './page.js';

/** A report as one page that needs no other file. */
export function toHtml({ title, lead, chapters, foot }: ReportText): string {
  const sections = chapters.map(({ heading, blocks }) => ({ heading, body: blocks.map(draw) }));
  return page({ title, lead, sections, foot });
}

/** From more columns than these on, cells are of several lines, so that the table fits the page. */
const MANY = 8;

function draw(block: Block): Html {
  if (block.type === 'text') return html`<p>${block.text}</p>`;
  if (block.type === 'heat') return heatMap(block.caption, block.attention);
  if (block.type === 'curves') return curves(block.caption, block.unit, block.curves);
  return html`<div class="scroll">
    <table class="${block.head.length > MANY ? 'many' : 'plain'}">
      <caption>
        ${block.caption}
      </caption>
      <thead>
        <tr>
          ${block.head.map((text) => html`<th scope="col">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${block.rows.map(
          ([first = '', ...rest]) =>
            html`<tr>
              <th scope="row">${words(first)}</th>
              ${rest.map((cell) => html`<td>${words(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function words(cell: TableCell): Html | string {
  if (typeof cell === 'string') return together(cell);
  return cell.strong ? html`<strong>${together(cell.text)}</strong>` : together(cell.text);
}

/** A deviation stays with its sign when a cell is broken into lines. */
const together = (text: string): string => text.replaceAll('± ', '±\u00a0');

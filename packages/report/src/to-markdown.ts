import type { Block, ReportText, TableCell } from './document.js';

/** A report as Markdown: tables and numbers; curves are on the page alone. */
export function toMarkdown({ title, lead, chapters, foot }: ReportText): string {
  const parts = chapters.flatMap(({ heading, blocks }) => {
    const drawn = blocks.map(draw).filter((text) => text !== '');
    return drawn.length > 0 ? [`## ${escape(heading)}`, ...drawn] : [];
  });
  return `${[`# ${escape(title)}`, escape(lead), ...parts, escape(foot)].join('\n\n')}\n`;
}

function draw(block: Block): string {
  if (block.type === 'text') return escape(block.text);
  if (block.type === 'curves') return '';
  if (block.type === 'heat') {
    const { adapters, sites } = block.attention;
    const cell = (weight: number, spread: number | undefined): string =>
      `${weight.toFixed(2)}${spread === undefined ? '' : ` ±${spread.toFixed(2)}`}`;
    const rows = sites.map(({ site, weights, spread }) => [
      site,
      ...weights.map((weight, at) => cell(weight, spread?.[at])),
    ]);
    return `${escape(block.caption)}\n\n${table(['layer and place', ...adapters], rows)}`;
  }
  return `${escape(block.caption)}\n\n${table(block.head, block.rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly TableCell[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const ruler = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(head.map(escape)), line(ruler), ...rows.map((cells) => line(cells.map(words)))].join('\n');
}

function words(cell: TableCell): string {
  if (typeof cell === 'string') return escape(cell);
  return cell.strong ? `**${escape(cell.text)}**` : escape(cell.text);
}

/** Text that Markdown takes for nothing else. */
const escape = (text: string): string => text.replace(/[\\`*_[\]<>|#]/g, '\\$&').replace(/\s*\n\s*/g, ' ');

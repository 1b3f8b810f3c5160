import { count } from './table.js';

const WIDTH = 40;

/** Counts as bars, the largest as long as there is room; anything above 0 has at least a sliver. */
export function bars(rows: readonly { readonly name: string; readonly value: number }[]): string[] {
  const most = Math.max(1, ...rows.map(({ value }) => value));
  const [names, values] = [rows.map(({ name }) => name), rows.map(({ value }) => count(value))];
  const [nameWidth, valueWidth] = [names, values].map((cells) => Math.max(0, ...cells.map((cell) => cell.length)));
  return rows.map(({ value }, index) => {
    const eighths = value === 0 ? 0 : Math.max(1, Math.round((value / most) * WIDTH * 8));
    const bar = '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7]!;
    return `${names[index]!.padStart(nameWidth!)}  ${values[index]!.padStart(valueWidth!)}  ${bar}`.trimEnd();
  });
}

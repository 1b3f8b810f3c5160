/** Rows of cells as lines: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** A share as percent, without the sign; a dash for what is no number, as the correlation of a constant. */
export const percent = (value: number): string => (Number.isNaN(value) ? '–' : (value * 100).toFixed(1));

/** What is said where figures were measured on rows that the model was trained on; empty where they were not. */
export const onTrainingRows = (trainedOn: boolean): string => (trainedOn ? ' (measured on training rows)' : '');

/** Metrics as `accuracy 71.4 %, f1 68.0 %`. */
export const metricsLine = (metrics: { readonly [name: string]: number }): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${percent(value)} %`)
    .join(', ');

export const count = (value: number): string => value.toLocaleString('en');

/** What one side found on one kind of features. */
export interface Fit {
  /** On the held-out rows. */
  readonly accuracy: number;
  /** The C that was chosen. */
  readonly c: number;
  /** Log-loss for each C of the grid. */
  readonly path: readonly number[];
}

/** One draw of training rows of a data set. */
export interface Cell {
  readonly task: string;
  /** Training rows. */
  readonly budget: number;
  readonly draw: number;
  readonly ours: { readonly tfidf: Fit; readonly embedding: Fit };
  readonly theirs: Cell['ours'];
  /** Our time for both fits. */
  readonly seconds: number;
}

const KINDS = ['tfidf', 'embedding'] as const;

/** The page `docs/classical.md`. @param version of scikit-learn @param heldOut rows that accuracy is measured on */
export function classicalReport(cells: readonly Cell[], version: string, heldOut: number): string {
  const points = (cell: Cell, kind: 'tfidf' | 'embedding'): number =>
    100 * (cell.ours[kind].accuracy - cell.theirs[kind].accuracy);
  const pathError = ({ ours, theirs }: Cell, kind: 'tfidf' | 'embedding'): number =>
    Math.max(...ours[kind].path.map((loss, at) => Math.abs(loss - theirs[kind].path[at]!)));
  const worst = Math.max(...cells.flatMap((cell) => KINDS.map((kind) => Math.abs(points(cell, kind)))));
  const loss = Math.max(...cells.flatMap((cell) => KINDS.map((kind) => pathError(cell, kind))));
  const same = cells.flatMap((cell) => KINDS.filter((kind) => cell.ours[kind].c === cell.theirs[kind].c)).length;
  const columns = (cell: Cell, kind: 'tfidf' | 'embedding'): string[] => [
    (100 * cell.ours[kind].accuracy).toFixed(2),
    (100 * cell.theirs[kind].accuracy).toFixed(2),
    points(cell, kind).toFixed(2),
    cell.ours[kind].c === cell.theirs[kind].c
      ? String(cell.ours[kind].c)
      : `${cell.ours[kind].c} / ${cell.theirs[kind].c}`,
  ];
  const seconds = cells.map((cell) => cell.seconds).sort((a, b) => a - b);
  const rows = [
    [
      'data',
      'labels',
      'draw',
      'TF-IDF: ours',
      'scikit-learn',
      'difference',
      'C',
      'MiniLM: ours',
      'scikit-learn',
      'difference',
      'C',
    ],
    ...cells.map((cell) => [
      cell.task,
      String(cell.budget),
      String(cell.draw),
      ...KINDS.flatMap((kind) => columns(cell, kind)),
    ]),
  ];
  return `# Classical baselines against scikit-learn

Written by \`npm run bench:classical -- PYTHON\`; do not edit. scikit-learn ${version}.

Both sides get the same training rows, folds (5 stratified folds, 3 repeats) and values of C (10⁻² to 10⁴), and choose C by
log-loss. TF-IDF (words and word pairs, sublinear) is computed by each side from the texts; the embeddings are means over the
tokens of all-MiniLM-L6-v2, of unit length, computed by this project. All rows, also the ${heldOut} that accuracy is measured on, are
from the training split of each data set. A pair of texts is joined for TF-IDF and one input for the encoder.

Over ${cells.length} draws and both kinds of features: the largest difference in accuracy is ${worst.toFixed(2)} points; the same C was chosen in
${same} of ${2 * cells.length} cases; the log-losses of the path differ by at most ${loss.toExponential(1)}. Our two fits of a draw took ${seconds[Math.floor(seconds.length / 2)]!.toFixed(1)} s in the
median, ${seconds.at(-1)!.toFixed(1)} s at most, on two shared cores.

${aligned(rows)}
`;
}

/** A table whose columns are padded to the same width, as Prettier writes them. @param rows the headings, then the cells */
function aligned([headings, ...rows]: readonly (readonly string[])[]): string {
  const widths = headings!.map((_, at) => Math.max(3, ...[headings!, ...rows].map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  return [headings!, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

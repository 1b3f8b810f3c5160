import type { Difference, ProofComparison } from 'adapterfusion';
import type { GoldenMeasure } from '@adapterfusion/golden';

/** One backend: how far it is from plain JavaScript and from the Python reference, or why it was not measured. */
export type ParityRow =
  | { readonly name: string; readonly missing: string }
  | (ProofComparison & {
      readonly name: string;
      readonly backend: { readonly device: string; readonly version: string; readonly threads: number };
      readonly golden: GoldenMeasure | undefined;
    });

const short = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

function cells(row: ParityRow): string[] {
  if ('missing' in row) return [`\`${row.name}\``, 'not measured', ...Array<string>(9).fill('')];
  const of = (what: Difference['what']): string =>
    short(row.differences.find((difference) => difference.what === what)!.largest);
  const { golden } = row;
  return [
    `\`${row.name}\``,
    `${row.backend.device}, ${row.backend.version}`,
    of('outputs'),
    of('gradients'),
    of('losses'),
    of('weights'),
    row.masks ? 'same bits' : 'DIFFERENT',
    ...(golden ? [golden.outputs, golden.gradients, golden.weights].map(short) : ['', '', '']),
    row.passed ? 'yes' : 'NO',
  ];
}

/** The table and what it says, as Markdown. */
export function parityTable(rows: readonly ParityRow[]): string {
  const head = [
    'backend',
    'device',
    'outputs',
    'gradients',
    'losses',
    'weights after 5 steps',
    'dropout masks',
    'reference: outputs',
    'reference: gradients',
    'reference: weights after 5 steps',
    'passed',
  ];
  const table = [head, ...rows.map(cells)];
  const widths = head.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  const line = (parts: readonly string[]): string =>
    `| ${parts.map((part, column) => part.padEnd(widths[column]!)).join(' | ')} |`;
  const missing = rows.flatMap((row) => ('missing' in row ? [`- \`${row.name}\`: ${row.missing}`] : []));
  return `# Parity of the backends

Made by \`npm run parity\`. Largest differences of what each backend computes.

Left, against \`cpu\` (plain JavaScript): a seeded model of 2 layers with every kind of adapter, fusion and composition, and
five training steps of stage 2 with dropout on, the same work as \`adapterfusion doctor --prove\`. Right, against the Python
reference: the golden set-ups of a tiny BERT, gradients of fusion, adapter and full training, and five steps of AdamW.
Outputs and losses are absolute, gradients and weights relative to the largest entry of their tensor. Limits: outputs and
losses 1e-5, gradients and weights 1e-4.

${line(head)}
| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |
${table.slice(1).map(line).join('\n')}
${missing.length === 0 ? '' : `\nNot measured on that machine:\n\n${missing.join('\n')}\n`}`;
}

import type { Row } from './compare.js';
import type { Result } from './results.js';
import { reached } from './targets.js';
import { BATCHES_A_STEP, CASES, isReal, LONGEST, PAIRS_A_STEP } from './work.js';

const HEAD = `# Speed and memory

Written by \`npm run bench -- --report\` from benchmarks/results; do not edit.

Each row is two processes that were stepped in turn, ours and the peer's, on weights and token ids drawn at random: a forward
pass (\`infer\`), a training step with its AdamW update (\`train\`), or five tasks, each with an adapter and a head, on the same
text (\`five\`). The ratio is the median over the pairs of our time by the peer's, with the ends of its 90 % interval; under 1 we
are faster. Memory is each process's peak. The floor is what our form of the work takes at 60 % of the fastest product that
was measured on the machine.

Peers: \`adapters\` the Python reference; \`onnxruntime\` onnxruntime-node; \`textbook\` our own fusion computed as the paper
writes it; \`plain\` our own encoder without adapters; \`live\` our own step
with the frozen layers run anew; \`passes\` our own five passes in the place of one.
`;

const ON_REAL = `The encoder all-MiniLM-L6-v2, a set-up of ten adapters, their fusion and a head that the reference trained for RTE and saved,
and rows of RTE cut at ${LONGEST} tokens. \`start\`: from the start of a process to its first prediction, the files in the cache of the
system. \`load\`: the set-up and its encoder, ready to predict, in a process that has loaded it before, and freed again.
\`tokenise\`: ${PAIRS_A_STEP.toLocaleString('en')} pairs, in padded batches of 16, the reference with its fast tokenizer, one thread each. \`epoch\`: stage 1, ${BATCHES_A_STEP} batches
of 16 of an epoch, ours of rows of similar length, as the loop makes them unasked, the reference's as they are drawn.
`;

const ms = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
function workOf({ case: name, adapters, padding, peer_padding: others }: Row): string {
  if (padding !== undefined) return `${name}, padding ${percent(padding)} and ${percent(others ?? 0)}`;
  return name.endsWith('/fusion') ? `${name}, N = ${adapters}` : name;
}
/** A share, in whole per cent. */
export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const unique = (values: readonly string[]): string => [...new Set(values)].join('; ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** `docs/speed.md`, from results. */
export function report(results: readonly Result[]): string {
  const order = [...results].sort(
    (a, b) =>
      CASES.findIndex((name) => name === a.row.case) - CASES.findIndex((name) => name === b.row.case) ||
      a.row.adapters - b.row.adapters ||
      (a.row.peer < b.row.peer ? -1 : 1),
  );
  const groups = new Map<string, Result[]>();
  for (const result of order) {
    const { case: work, shape, batch, length, backend } = result.row;
    const name = `${shape}, ${isReal(work) ? 'real weights and rows' : `${batch} × ${length} tokens`}, ${backend}`;
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return `${[
    HEAD,
    targets(order.map(({ row }) => row)),
    ...[...groups]
      .sort()
      .map(([name, all]) => `## ${name}\n\n${isReal(all[0]!.row.case) ? `${ON_REAL}\n` : ''}${measurements(all)}\n`),
    `## Machine\n\n${machine(results)}\n`,
  ].join('\n')}`;
}

function measurements(results: readonly Result[]): string {
  return table(
    ['work', 'ms', 'floor', 'MiB', 'peer', 'peer’s ms', 'peer’s MiB', 'ratio'],
    results.map(({ row, floor_ms: floor }) => [
      workOf(row),
      ms(row.ms_median),
      floor === undefined ? '' : ms(floor),
      row.peak_rss_mib.toLocaleString('en'),
      row.peer,
      ms(row.peer_ms_median),
      row.peer_peak_rss_mib.toLocaleString('en'),
      `${row.ratio.toFixed(2)} (${row.ratio_low.toFixed(2)} to ${row.ratio_high.toFixed(2)})`,
    ]),
  );
}

function targets(rows: readonly Row[]): string {
  const lines = rows.flatMap((row) =>
    reached(row).map(({ what, limit, value, met }) => [
      what,
      row.shape,
      row.case.endsWith('/fusion') ? `${row.adapters}` : '',
      `≤ ${limit}`,
      value.toFixed(2),
      met ? 'met' : 'missed',
    ]),
  );
  return lines.length === 0 ? '' : `## Targets\n\n${table(['target', 'shape', 'N', 'limit', 'measured', ''], lines)}\n`;
}

function machine(results: readonly Result[]): string {
  const sides = (side: 'ours' | 'peer'): string[] =>
    results.map(({ row, versions }) => {
      const words = Object.entries(versions[side]).map(([name, version]) => `${name} ${version}`);
      return `${side === 'ours' ? row.backend : row.peer}: ${words.join(', ')}`;
    });
  const peaks = results.map((each) => each.machine.gflops);
  return [
    unique(results.map((each) => `${each.machine.processor}, ${each.machine.cores} cores, Node ${each.machine.node}`)),
    `fastest product ${Math.min(...peaks)} to ${Math.max(...peaks)} GFLOP/s`,
    ...new Set([...sides('ours'), ...sides('peer')]),
    `pairs: ${unique(results.map(({ row }) => String(row.pairs)))}`,
    `dates: ${unique(results.map(({ date }) => date.slice(0, 10)))}`,
  ]
    .map((line) => `- ${line}`)
    .join('\n');
}

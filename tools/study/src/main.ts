import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { CellFile, valueOf, type Cell, type MeasuredCell } from './cells.js';
import { LADDER } from './ladder.js';
import { measureArm, measureTable, type Bench } from './measure.js';
import { prepare } from './prepare.js';
import { compare, comparisonsOf } from './report.js';
import { average, paired } from './statistics.js';
import { BUDGETS, DRAWS, TARGETS, targetsOf, type SetName } from './sets.js';

const HELP = `Usage: node tools/study/dist/bin.js <command> [options]

Measures by the protocol in docs/results/protocol.md. Goes on where it was stopped.

Commands:
  prepare             write the rows of all sources and draws, without leaks
  ablate              measure steps of the ladder on the development targets
  report              what the measured cells show: arms beside each other, or the protocol's comparisons
  confirm             measure the whole table on the confirmation targets, with all defaults

Options:
  --data <dir>        the folder of the data sets
  --out <dir>         rows, adapters and scratch
  --cells <file>      where measured cells are appended
  --encoder <name>    pocket or another name (default: pocket)
  --model <place>     folder or package of the encoder (default: @adapterfusion/pocket)
  --backend <name>    what computes (default: auto)
  --steps <names>     steps of the ladder (default: all): ${Object.keys(LADDER).join(', ')}
  --arms <text>       only arms whose names contain it
  --than <arm>        report: also the paired difference of every arm to this one
  --targets <names>   default: all of the command's role
  --budgets <list>    default: 64,256; confirm: 16,64,256
  --draws <n>         default: 5; confirm: 10
  --dry-run           print how many cells there are, how many are measured, and the hours that are left
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{
        data: text,
        out: text,
        cells: text,
        encoder: text,
        model: text,
        backend: text,
        steps: text,
        arms: text,
        than: text,
      },
      ...{ targets: text, budgets: text, draws: text, 'dry-run': flag, help: flag },
    },
  });
  const [command] = positionals;
  const { out, data } = values;
  if (values.help || command === undefined) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  if (out === undefined) throw new Error('expected --out; got none');
  if (command === 'prepare') {
    if (data === undefined) throw new Error('expected --data; got none');
    const counts = await prepare(data, out);
    for (const { set, rows, removed, used } of counts ?? [])
      console.log(`${set}: ${rows} rows, ${removed} removed, ${used} used as a source`);
    return 0;
  }
  const { encoder = 'pocket', model = '@adapterfusion/pocket', backend = 'auto' } = values;
  const bench: Bench = { encoders: { [encoder]: model }, backend: backend as Bench['backend'], out };
  const file = new CellFile(values.cells ?? join(out, 'cells.jsonl'));
  const draws = Number(values.draws ?? (command === 'ablate' ? 5 : DRAWS));
  const cellsOf = (targets: readonly SetName[], budgets: readonly number[]): Omit<Cell, 'arm'>[] =>
    Array.from({ length: draws }, (_, draw) => draw).flatMap((draw) =>
      budgets.flatMap((labels) => targets.map((target) => ({ encoder, target, labels, draw }))),
    );
  if (command === 'report') {
    console.log(report(file.all(), encoder, out, values.than).join('\n'));
    return 0;
  }
  const role = command === 'ablate' ? 'development' : 'confirmation';
  const targets = (values.targets?.split(',') as SetName[] | undefined) ?? targetsOf(role);
  const wrong = targets.find((target) => TARGETS[target]?.role !== role);
  if (wrong !== undefined) throw new Error(`expected ${role} targets; got ${wrong}`);
  const budgets = (values.budgets ?? (command === 'ablate' ? '64,256' : '16,64,256')).split(',').map(Number);
  const cells = cellsOf(targets, budgets);
  const dry = values['dry-run'] ?? false;
  if (command === 'confirm') {
    const missing = cells.filter((cell) => !file.has({ ...cell, arm: 'majority' }));
    await work(cells.length, missing, dry, file, async (cell) => measureTable(bench, cell));
    return 0;
  }
  if (command !== 'ablate') throw new Error(`expected prepare, ablate, confirm or report; got ${command}`);
  const arms = (values.steps?.split(',') ?? Object.keys(LADDER))
    .flatMap((step) => LADDER[step] ?? [])
    .filter(({ name }) => name.includes(values.arms ?? ''));
  const wanted = cells.flatMap((cell) => arms.map((arm) => ({ arm, cell: { ...cell, arm: arm.name } })));
  const missing = wanted.filter(({ cell }) => !file.has(cell));
  await work(wanted.length, missing, dry, file, async ({ cell, arm }) => [await measureArm(bench, cell, arm)]);
  return 0;
}

/** Measures what is missing, and says how far it is. */
async function work<T>(
  all: number,
  missing: readonly T[],
  dry: boolean,
  file: CellFile,
  measure: (each: T) => Promise<readonly MeasuredCell[]>,
): Promise<void> {
  const known = file.all().map(({ seconds }) => seconds);
  const each = known.reduce((sum, seconds) => sum + seconds, 0) / (known.length || 1);
  const hours = ((missing.length * each) / 3600).toFixed(1);
  console.error(
    `${all} cells, ${all - missing.length} measured${known.length > 0 ? `, about ${hours} hours left` : ''}`,
  );
  if (dry) return;
  const begun = performance.now();
  for (const [index, one] of missing.entries()) {
    file.add(...(await measure(one)));
    if (index % 20 !== 19) continue;
    const seconds = (performance.now() - begun) / 1000;
    const left = (seconds / (index + 1)) * (missing.length - index - 1);
    console.error(`${index + 1} of ${missing.length}, ${seconds.toFixed(0)} s, about ${left.toFixed(0)} s left`);
  }
}

/** Lines of Markdown. */
function report(cells: readonly MeasuredCell[], encoder: string, out: string, than: string | undefined): string[] {
  const own = cells.filter((cell) => cell.encoder === encoder);
  const lines: string[] = [];
  for (const labels of [...new Set(own.map((cell) => cell.labels))].sort((a, b) => a - b)) {
    const found = own.filter((cell) => cell.labels === labels);
    const targets = [...new Set(found.map(({ target }) => target))];
    lines.push(`| ${encoder}, ${labels} labels | draws | ${targets.join(' | ')} | mean |`);
    lines.push(`|---|---|${targets.map(() => '---|').join('')}---|`);
    for (const arm of new Set(found.map((cell) => cell.arm))) {
      const cellsOf = (target: SetName) => found.filter((cell) => cell.arm === arm && cell.target === target);
      const means = targets.map((target) => 100 * average(cellsOf(target).map(valueOf)));
      const draws = targets.map((target) => cellsOf(target).length);
      const shown = means.map((mean, at) => (draws[at] === 0 ? '–' : mean.toFixed(1)));
      const mean = draws.every((count) => count > 0) ? average(means).toFixed(1) : '–';
      lines.push(`| ${arm} | ${Math.min(...draws)}–${Math.max(...draws)} | ${shown.join(' | ')} | ${mean} |`);
    }
    lines.push('');
    if (than === undefined) continue;
    lines.push(`| ${labels} labels, less "${than}" | pairs | mean | standard error |`, '|---|---|---|---|');
    for (const arm of new Set(found.map((cell) => cell.arm))) {
      const difference = arm === than ? undefined : paired(found, arm, than);
      if (!difference) continue;
      const { pairs, mean, standardError } = difference;
      lines.push(`| ${arm} | ${pairs} | ${mean.toFixed(1)} | ${standardError.toFixed(1)} |`);
    }
    lines.push('');
  }
  const findings = BUDGETS.confirmation
    .flatMap((labels) => comparisonsOf(labels))
    .map((comparison) => compare(cells, encoder, comparison, out))
    .filter((finding) => finding !== undefined);
  if (findings.length === 0) return lines;
  lines.push(
    '| comparison | labels | targets | draws | points | 95 % interval | by target |',
    '|---|---|---|---|---|---|---|',
  );
  for (const { name, labels, targets, draws, mean, low, high, byTarget } of findings) {
    const each = Object.entries(byTarget).map(([target, points]) => `${target} ${points.toFixed(1)}`);
    const interval = `${low.toFixed(1)} … ${high.toFixed(1)}`;
    lines.push(
      `| ${name} | ${labels} | ${targets} | ${draws} | ${mean.toFixed(1)} | ${interval} | ${each.join(', ')} |`,
    );
  }
  return lines;
}

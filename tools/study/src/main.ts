import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { CellFile, type Cell } from './cells.js';
import { LADDER } from './ladder.js';
import { measureArm, type Bench } from './measure.js';
import { prepare } from './prepare.js';
import { TARGETS, targetsOf, type SetName } from './sets.js';

const HELP = `Usage: node tools/study/dist/bin.js <command> [options]

Measures by the protocol in docs/results/protocol.md. Goes on where it was stopped.

Commands:
  prepare             write the rows of all sources and draws, without leaks
  ablate              measure steps of the ladder on the development targets

Options:
  --data <dir>        the folder of the data sets
  --out <dir>         rows, adapters and scratch
  --cells <file>      where measured cells are appended
  --encoder <name>    pocket or another name (default: pocket)
  --model <place>     folder or package of the encoder (default: @adapterfusion/pocket)
  --backend <name>    what computes (default: auto)
  --steps <names>     steps of the ladder (default: all): ${Object.keys(LADDER).join(', ')}
  --arms <text>       only arms whose names contain it
  --targets <names>   default: all development targets
  --budgets <list>    default: 64,256
  --draws <n>         default: 5
  --dry-run           print how many cells there are and how many are measured
`;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ data: text, out: text, cells: text, encoder: text, model: text, backend: text, steps: text, arms: text },
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
  if (command !== 'ablate') throw new Error(`expected prepare or ablate; got ${command}`);
  const { encoder = 'pocket', model = '@adapterfusion/pocket', backend = 'auto' } = values;
  const bench: Bench = { encoders: { [encoder]: model }, backend: backend as Bench['backend'], out };
  const arms = (values.steps?.split(',') ?? Object.keys(LADDER))
    .flatMap((step) => LADDER[step] ?? [])
    .filter(({ name }) => name.includes(values.arms ?? ''));
  const targets = (values.targets?.split(',') as SetName[] | undefined) ?? targetsOf('development');
  const budgets = (values.budgets ?? '64,256').split(',').map(Number);
  const draws = Number(values.draws ?? 5);
  const file = new CellFile(values.cells ?? join(out, 'cells.jsonl'));
  const wanted = Array.from({ length: draws }, (_, draw) => draw).flatMap((draw) =>
    budgets.flatMap((labels) =>
      targets.flatMap((target) =>
        arms.map((arm) => ({ arm, cell: { encoder, target, labels, draw, arm: arm.name } satisfies Cell })),
      ),
    ),
  );
  const missing = wanted.filter(({ cell }) => !file.has(cell));
  console.error(`${wanted.length} cells, ${wanted.length - missing.length} measured`);
  if (values['dry-run']) return 0;
  const begun = performance.now();
  for (const [index, { cell, arm }] of missing.entries()) {
    if (TARGETS[cell.target]?.role !== 'development') throw new Error(`${cell.target} is no development target`);
    file.add(await measureArm(bench, cell, arm));
    if (index % 20 === 19) {
      const seconds = (performance.now() - begun) / 1000;
      const left = (seconds / (index + 1)) * (missing.length - index - 1);
      console.error(`${index + 1} of ${missing.length}, ${seconds.toFixed(0)} s, about ${left.toFixed(0)} s left`);
    }
  }
  return 0;
}

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { reportError } from '@adapterfusion/terminal';
import { Command, InvalidArgumentError } from 'commander';
import type { Setting } from './commands.js';
import { compare, type Row } from './compare.js';
import { floorOf } from './floor.js';
import { onnxFile, referencePython } from './python.js';
import { percent, report } from './report.js';
import { readResults, writeResult } from './results.js';
import { CASES, isReal, plan, SHAPES, VOCABULARY, type Comparison } from './work.js';

interface Flags {
  readonly case?: readonly string[];
  readonly shape?: readonly string[];
  readonly adapters?: readonly number[];
  readonly batch?: readonly string[];
  readonly peer?: readonly string[];
  readonly pairs: number;
  readonly warmup: number;
  readonly rest: number;
  readonly backend: string;
  readonly python?: string;
  readonly json?: string;
  readonly list?: boolean;
  readonly report?: boolean;
}

const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const RESULTS = beside('../results');
const REPORT = beside('../../docs/speed.md');
/** A result of fewer pairs is shown, and not kept. */
const LEAST_PAIRS = 15;

const words = (text: string): string[] => text.split(',').map((word) => word.trim());
function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It is not a whole number.');
  return value;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const titleOf = ({ work, peer }: Comparison): string => {
  if (isReal(work.case)) return `${work.shape} ${work.case} beside ${peer}`;
  const fused = work.case.endsWith('/fusion') ? ` N=${work.adapters}` : '';
  return `${work.shape} ${work.case}${fused} ${work.batch}x${work.length} beside ${peer}`;
};

async function run(flags: Flags): Promise<void> {
  if (flags.report) {
    await writeFile(REPORT, report(await readResults(RESULTS)));
    return say('docs/speed.md written; format it with npm run fix.');
  }
  const { case: cases, shape: shapes, batch: batches, peer: peers, ...rest } = flags;
  const chosen = Object.entries({ cases, shapes, batches, peers, adapters: flags.adapters });
  const comparisons = plan(Object.fromEntries(chosen.filter(([, value]) => value !== undefined)));
  if (comparisons.length === 0) {
    process.exitCode = 1;
    return say('Nothing to compare: no case has all that was chosen.');
  }
  if (flags.list) return comparisons.forEach((each) => say(titleOf(each)));
  const setting = await settingOf(flags, comparisons);
  const peak = await promisify(execFile)(process.execPath, [beside('peak.js'), flags.backend]);
  const gflops = Number(peak.stdout.trim().split('\n').pop());
  say(`fastest product: ${gflops} GFLOP/s`);
  const rows: Row[] = [];
  for (const [index, comparison] of comparisons.entries()) {
    const begun = performance.now();
    const done = (text: string): void => {
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      say(`${index + 1} of ${comparisons.length}: ${titleOf(comparison)}: ${text} [${seconds} s]`);
    };
    try {
      const measured = await compare(comparison, setting, rest);
      const { row } = measured;
      const floor = floorOf(comparison.work, gflops);
      rows.push(row);
      const interval = `${row.ratio_low.toFixed(3)} to ${row.ratio_high.toFixed(3)}`;
      done(
        `${row.ms_median} ms of ${row.peer_ms_median}, ratio ${row.ratio.toFixed(3)} (${interval}), ` +
          `${row.peak_rss_mib} MiB of ${row.peer_peak_rss_mib}` +
          (floor === undefined ? '' : `, floor ${floor} ms`) +
          (row.padding === undefined ? '' : `, padding ${percent(row.padding)} of ${percent(row.peer_padding ?? 0)}`),
      );
      if (flags.pairs < LEAST_PAIRS) continue;
      const [processor] = cpus();
      const machine = { processor: processor!.model, cores: cpus().length, node: process.versions.node, gflops };
      const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim();
      const date = new Date().toISOString();
      await writeResult(RESULTS, {
        ...measured,
        ...(floor === undefined ? {} : { floor_ms: floor }),
        machine,
        command,
        date,
      });
    } catch (error) {
      if (!AdapterFusionError.is(error)) throw error;
      done(`left out: ${error.message}`);
    }
  }
  if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
  if (rows.length === 0) process.exitCode = 1;
}

/** What the peers need, made where it is missing. */
async function settingOf({ backend, python: named }: Flags, comparisons: readonly Comparison[]): Promise<Setting> {
  if (!comparisons.some(({ by }) => by === 'adapters' || by === 'onnxruntime')) return { backend };
  const python = await referencePython(named, say);
  const onnx = (shape: keyof typeof SHAPES): Promise<string> =>
    onnxFile(python, shape, { vocab_size: VOCABULARY, ...SHAPES[shape] });
  return { backend, python, onnx };
}

const command = new Command('npm run bench --')
  .description('Times our work beside that of peers: two processes, stepped in turn.')
  .option('--case <names>', `${CASES.join(', ')} (default: all); start, load, tokenise and epoch read ../shared`, words)
  .option('--shape <names>', 'minilm, bert-base; tiny to try the suite', words)
  .option('--adapters <counts>', 'how many a fusion mixes (default: 1, 4, 8, 16)', (text) => words(text).map(whole))
  .option('--batch <sizes>', 'rows × tokens, where they are random (default: 8x128, for inference also 1x32)', words)
  .option('--peer <names>', 'adapters, onnxruntime, textbook, plain, live, passes (default: all)', words)
  .option(
    '--pairs <n>',
    `pairs of steps; results of ${LEAST_PAIRS} or more are kept in benchmarks/results`,
    whole,
    LEAST_PAIRS,
  )
  .option('--warmup <n>', 'steps of each before the first pair', whole, 3)
  .option('--rest <ms>', 'between steps', whole, 200)
  .option('--backend <name>', 'what computes on our side', 'native')
  .option('--python <path>', 'an interpreter that has the reference (default: an environment that the suite makes)')
  .option('--json <file>', 'also write the rows there')
  .option('--list', 'say what would be compared')
  .option('--report', 'write docs/speed.md from benchmarks/results')
  .addHelpText(
    'after',
    '\nExample:\n  npm run bench -- --case infer/fusion --shape minilm --adapters 8 --json row.json',
  )
  .action((flags: Flags) => run(flags));
try {
  await command.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, false);
}

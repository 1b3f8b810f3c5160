import { Option, type Command } from 'commander';
import type { BackendName } from 'adapterfusion';
import { examine, type ExamineOptions, type Finding } from './examine.js';
import { findingLines, machineLine, proofLines, type BackendProof } from './doctor-lines.js';
import { number } from './flags.js';
import { run, type Outcome } from './run.js';

const NAMES = ['cuda', 'native', 'webgpu', 'wasm', 'cpu'] as const satisfies readonly BackendName[];

interface DoctorFlags {
  readonly prove?: readonly (BackendName | 'all')[];
  readonly json?: boolean | string;
  readonly timeout: number;
}

const EXAMPLE = `
Every backend is looked at in a process of its own. --prove does the same seeded work on a backend and on cpu and
compares all numbers: outputs of every kind of set-up, gradients, five training steps. It needs no files.

Examples:
  adapterfusion doctor
  adapterfusion doctor --prove cuda --json report.json
  adapterfusion doctor --prove all`;

export function addDoctor(root: Command, outcome: Outcome): void {
  root
    .command('doctor')
    .description('what this machine can compute on, how fast, and whether it computes right')
    .helpOption('--help', 'print help')
    .addOption(new Option('--prove <backends...>', 'compare with cpu, number by number').choices([...NAMES, 'all']))
    .option('--timeout <seconds>', 'how long to wait for one backend', number, 300)
    .option('--json [file]', 'one JSON object a line on stdout, for machines; with a file, all of it there')
    .addHelpText('after', EXAMPLE)
    .action(({ prove, json, timeout }: DoctorFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { writeJsonLines } = await import('adapterfusion');
        const events: object[] = [];
        const tell = (event: object, lines: readonly string[]): void => {
          events.push(event);
          output.result(event, lines);
        };
        const machine = { type: 'machine', ...machineLine() };
        tell(machine, [machine.words, '']);
        const options = { timeout, signal };
        const watch = (done: number, total: number, name: string): void =>
          output.progress('looking', done, total, name);
        const works = prove ? await proveAll(prove, options, watch, tell) : await examineAll(options, watch, tell);
        if (typeof json === 'string') {
          await writeJsonLines(json, events);
          output.note(`written to ${json}`);
        }
        return works ? 0 : 1;
      }),
    );
}

type Watch = (done: number, total: number, name: string) => void;
type Tell = (event: object, lines: readonly string[]) => void;

/** @returns whether one works */
async function examineAll(options: ExamineOptions, watch: Watch, tell: Tell): Promise<boolean> {
  const found = new Map<BackendName, Finding>();
  for (const [index, name] of NAMES.entries()) {
    watch(index, NAMES.length, name);
    const finding = await examine(name, 'probe', options);
    found.set(name, finding);
    tell({ type: 'backend', name, ...finding }, findingLines(name, finding));
  }
  const { automaticBackends } = await import('adapterfusion');
  const auto = automaticBackends().find((name) => found.get(name)!.state !== 'missing');
  const ready = NAMES.filter((name) => found.get(name)!.state === 'ready');
  const broken = auto !== undefined && found.get(auto)!.state !== 'ready' ? ', which is broken: name another' : '';
  tell({ type: 'doctor', auto, ready }, ['', `--backend auto takes ${auto ?? 'none'} here${broken}.`]);
  return ready.length > 0;
}

/** @returns whether all that were asked for agree with cpu; with `all`, all that are present */
async function proveAll(
  asked: readonly (BackendName | 'all')[],
  options: ExamineOptions,
  watch: Watch,
  tell: Tell,
): Promise<boolean> {
  const { compareProofs } = await import('adapterfusion');
  const all = asked.includes('all');
  const names = NAMES.filter((name) => all || asked.includes(name));
  watch(0, names.length + 1, 'cpu');
  const reference = await examine('cpu', 'prove', options);
  const rows: BackendProof[] = [];
  for (const [index, name] of names.entries()) {
    watch(index + 1, names.length + 1, name);
    const finding = await examine(name, 'prove', options);
    const row: BackendProof =
      finding.state === 'proven' && reference.state === 'proven'
        ? {
            name,
            comparison: compareProofs(reference.proof, finding.proof),
            proof: finding.proof,
            probe: await examine(name, 'probe', options),
          }
        : { name, finding: finding.state === 'proven' ? reference : finding };
    rows.push(row);
  }
  const events = rows.map(({ proof, ...row }) => ({ ...row, ...(proof ? { backend: proof.backend } : {}) }));
  tell({ type: 'proof', reference: 'cpu', backends: events }, proofLines(rows));
  return rows.every(({ comparison, finding }) => comparison?.passed ?? (all && finding?.state === 'missing'));
}

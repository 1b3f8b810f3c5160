import { arch, availableParallelism, platform, totalmem } from 'node:os';
import { styleText } from 'node:util';
import { table } from '@adapterfusion/terminal';
import type { BackendInfo, BackendName, Probe, Proof, ProofComparison } from 'adapterfusion';
import type { Finding } from './examine.js';

/** A backend's proof beside the reference's, or why there is none. */
export interface BackendProof {
  readonly name: BackendName;
  readonly comparison?: ProofComparison;
  readonly proof?: Proof;
  readonly probe?: Finding;
  readonly finding?: Finding;
}

/** What all runs on. */
export function machineLine(): { words: string; node: string; platform: string; cores: number; memory: number } {
  const machine = { node: process.version, platform: `${platform()} ${arch()}`, cores: availableParallelism() };
  const memory = totalmem();
  const words = `Node ${machine.node.slice(1)}, ${machine.platform}, ${machine.cores} cores, ${size(memory)}`;
  return { words, ...machine, memory };
}

/** A backend in a few lines: what it is and does, or what is missing and what would provide it. */
export function findingLines(name: BackendName, finding: Finding): string[] {
  const [state, colour, lines] = describe(finding);
  const head = `${name.padEnd(8)}${styled(colour, state.padEnd(9))}`;
  return lines.flatMap((line) => wrap(line)).map((line, index) => `${index === 0 ? head : ' '.repeat(17)}${line}`);
}

type Colour = 'green' | 'red' | 'yellow';

function describe(finding: Finding): [state: string, colour: Colour, lines: string[]] {
  switch (finding.state) {
    case 'ready':
      return ['ready', 'green', probeLines(finding.probe)];
    case 'wrong':
      return ['wrong', 'red', probeLines(finding.probe)];
    case 'missing':
      return ['missing', 'yellow', [finding.reason, finding.fix]];
    case 'failed':
      return ['broken', 'red', [`${finding.code}: ${finding.message}`]];
    case 'crashed':
      return ['broken', 'red', [`its process crashed: ${finding.how}`, ...(finding.output ? [finding.output] : [])]];
    case 'late':
      return ['broken', 'red', [`nothing came within ${finding.seconds} s (--timeout)`]];
    case 'proven':
      return ['proven', 'green', [deviceOf(finding.proof.backend)]];
  }
}

function probeLines({ backend, speeds, training }: Probe): string[] {
  const losses = training.losses.map((loss) => loss.toFixed(4)).join(', ');
  const verdict = training.passed
    ? 'as expected'
    : `expected ${training.expected.map((loss) => loss.toFixed(4)).join(', ')}`;
  return [
    deviceOf(backend),
    `${speeds.map(({ shape, gflops }) => `${shape.join('×')} ${rate(gflops)}`).join(', ')} GFLOP/s`,
    `two training steps in ${training.seconds.toFixed(1)} s: losses ${losses}, ${verdict}`,
  ];
}

function deviceOf({ name, version, device, threads, memory, largestTensor }: BackendInfo): string {
  const library = name === 'native' || name === 'cuda' ? 'TensorFlow' : 'TensorFlow.js';
  const parts = [`${library} ${version}`, device, `${threads} ${threads === 1 ? 'thread' : 'threads'}`];
  if (memory !== undefined) parts.push(`at most ${size(memory)}`);
  if (largestTensor !== undefined) parts.push(`tensors of at most ${size(largestTensor)}`);
  return parts.join(', ');
}

/** The table of a proof, and what did not pass. */
export function proofLines(rows: readonly BackendProof[]): string[] {
  const proven = rows.filter((row) => row.comparison !== undefined);
  const lines: string[] = [];
  if (proven.length > 0) {
    const head = ['against cpu', 'outputs', 'gradients', 'losses', 'weights', 'masks', 'passed'];
    const cells = proven.map(({ name, comparison }) => [
      name,
      ...comparison!.differences.map(({ largest }) => largest.toExponential(1)),
      comparison!.masks ? 'same bits' : 'DIFFERENT',
      comparison!.passed ? 'yes' : 'NO',
    ]);
    lines.push(...table([head, ...cells]), '');
    lines.push(
      'Largest differences: of outputs and losses as they are, of the others over the largest of their tensor.',
    );
  }
  for (const { name, comparison, probe, finding } of rows) {
    for (const { what, largest, at, limit, passed } of comparison?.differences ?? [])
      if (!passed) lines.push(`${name}: ${what} differ by ${largest.toExponential(1)} in "${at}", more than ${limit}`);
    if (comparison && !comparison.clean) lines.push(`${name}: tensors were left behind`);
    if (probe) lines.push('', ...findingLines(name, probe));
    if (finding) lines.push('', ...findingLines(name, finding));
  }
  return lines;
}

const size = (bytes: number): string =>
  bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Three digits, so that slow and fast ones read alike. */
const rate = (gflops: number): string => (gflops >= 100 ? gflops.toFixed(0) : gflops.toPrecision(2));

const styled = (colour: Colour, text: string): string =>
  process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? styleText(colour, text) : text;

/** A long line in several, at spaces; as it is where nobody looks at it. */
function wrap(line: string): string[] {
  // A terminal may not know its width.
  const width = process.stdout.isTTY ? Math.max(40, (process.stdout.columns || 80) - 18) : Infinity;
  const lines: string[] = [];
  for (const word of line.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

import { Option, type Command } from 'commander';
import { percent } from '@adapterfusion/terminal';
import { given } from './flags.js';
import { run, type Outcome } from './run.js';
import { commandLine } from './shell.js';

interface QuantizeFlags {
  readonly model: string;
  readonly precision: 'float16' | 'bfloat16' | 'int8';
  readonly out: string;
  readonly overwrite?: boolean;
}

const EXAMPLE = `
Adapters that were trained on the original load on the copy, with a warning. On disk it takes half the space, as int8 a
quarter; in memory weights are float32.

Example:
  adapterfusion quantize --model models/all-MiniLM-L6-v2 --precision int8 --out models/all-MiniLM-L6-v2-int8`;

const megabytes = (bytes: number): string => (bytes / 1e6).toPrecision(3);

export function addQuantize(root: Command, outcome: Outcome): void {
  root
    .command('quantize')
    .description('write a copy of an encoder whose weights take less space on disk')
    .helpOption('--help', 'print help')
    .requiredOption('--model <dir>', 'folder, npm package or hub id (org/name@revision) of the encoder')
    .addOption(
      new Option('--precision <which>', 'how its weights are stored')
        .choices(['float16', 'bfloat16', 'int8'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'where the copy is written')
    .option('--overwrite', 'replace a bundle that is there')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .addHelpText('after', EXAMPLE)
    .action((flags: QuantizeFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { quantize } = await import('adapterfusion');
        const { model, precision, out, overwrite } = flags;
        const told = { signal, onProgress: output.stage, onWarning: output.warn };
        const copy = await quantize(model, { ...told, precision, out, ...given({ overwrite }) });
        const { before, after } = copy.bytes;
        output.result({ type: 'quantized', ...copy }, [
          `saved ${out}: model.safetensors of ${megabytes(after)} MB instead of ${megabytes(before)} MB (${percent(after / before)} %)`,
          `largest error: ${(copy.worst.error * 100).toPrecision(2)} % of the largest entry of ${copy.worst.path}`,
          `next: ${commandLine(['evaluate', 'BUNDLE', '--model', out, '--data', 'FILE'])}`,
        ]);
      }),
    );
}

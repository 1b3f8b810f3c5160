import type { Command } from 'commander';
import { inspectionLines } from './data-lines.js';
import { DATA, dataOptions, given, withColumns, type DataFlags } from './flags.js';
import { run, type Outcome } from './run.js';

interface InspectFlags extends Omit<DataFlags, 'data'> {
  readonly model?: string;
}

const EXAMPLES = `
Examples:
  adapterfusion data inspect reviews.csv
  adapterfusion data inspect rte --data-dir data --json`;

export function addData(root: Command, outcome: Outcome): void {
  const data = root
    .command('data')
    .description('look at data before training')
    .helpOption('--help', 'print help')
    .helpCommand(false);
  withColumns(
    data
      .command('inspect <data>')
      .description('columns, labels, lengths, repetitions and leaks of data: ' + DATA)
      .helpOption('--help', 'print help'),
  )
    .option('--model <dir>', 'encoder whose tokens are counted (default: the one that npm brought along)')
    .option('--json', 'one JSON object on stdout, for machines')
    .addHelpText('after', EXAMPLES)
    .action((name: string, { model, ...flags }: InspectFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { inspectData } = await import('adapterfusion');
        const options = { ...dataOptions({ ...flags, data: name }), ...given({ model }), signal };
        const found = await inspectData({ ...options, onProgress: output.stage });
        output.result({ type: 'inspection', ...found }, inspectionLines(found));
      }),
    );
}

import { count, metricsLine, onTrainingRows, percent, table } from '@adapterfusion/terminal';
import { Option, type Command } from 'commander';
import type { EvaluationReport } from 'adapterfusion';
import { commonOptions, dataOptions, given, number, withData, type DataFlags } from './flags.js';
import { run, type Outcome } from './run.js';

interface EvaluateFlags extends DataFlags {
  readonly model?: string;
  readonly split?: 'train' | 'validation' | 'test';
  readonly worst?: string;
  readonly worstCount: number;
  readonly maxLength?: number;
  readonly head?: string;
  readonly backboneUnverified?: boolean;
}

const EXAMPLE = `
Example:
  adapterfusion evaluate bundles/rte --model models/all-MiniLM-L6-v2 --data rte --data-dir data/RTE --worst worst.jsonl`;

export function addEvaluate(root: Command, outcome: Outcome): void {
  withData(root.command('evaluate <bundle>').description('measure a bundle on data'))
    .option('--model <dir>', 'folder or npm package of the encoder (default: the one that the bundle names)')
    .addOption(
      new Option('--split <name>', 'which rows (default: validation; of a file: all)').choices([
        'train',
        'validation',
        'test',
      ]),
    )
    .option('--worst <file.jsonl>', 'where the worst-scored rows are written')
    .option('--worst-count <n>', 'how many of them', number, 20)
    .option('--max-length <n>', "longest input in tokens (default: that of the bundle's training)", number)
    .option('--task, --head <name>', 'for which task, where there are several')
    .option('--backbone-unverified', 'accept a set-up that names another encoder')
    .addHelpText('after', EXAMPLE)
    .action((bundle: string, flags: EvaluateFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { evaluate, writeJsonLines } = await import('adapterfusion');
        const { model, split, worst, worstCount, maxLength, head, backboneUnverified } = flags;
        const report = await evaluate(bundle, {
          ...commonOptions(flags, output, signal),
          ...dataOptions(flags),
          ...given({ model, split, maxLength, head, backboneUnverified }),
          worst: worstCount,
        });
        if (worst !== undefined) await writeJsonLines(worst, report.worst);
        const written = worst === undefined ? [] : [`${count(report.worst.length)} worst-scored rows: ${worst}`];
        output.result({ type: 'report', ...report }, [...reportLines(report), ...written]);
      }),
    );
}

function reportLines(report: EvaluationReport): string[] {
  const { data, split, rows, trainedOn, metrics, classes } = report;
  return [
    `${data}, ${split}, ${count(rows)} rows: ${metricsLine(metrics)}${onTrainingRows(trainedOn)}`,
    ...(classes.length > 0 ? classLines(report) : []),
  ];
}

function classLines({ classes, labels, confusion }: EvaluationReport): string[] {
  return [
    '',
    ...table([
      ['label', 'precision %', 'recall %', 'F1 %', 'rows'],
      ...classes.map(({ label, precision, recall, f1, support }) => [
        label,
        ...[precision, recall, f1].map(percent),
        count(support),
      ]),
    ]),
    '',
    ...table([
      ['label \\ predicted', ...labels],
      ...confusion.map((row, index) => [labels[index]!, ...row.map(count)]),
    ]),
  ];
}

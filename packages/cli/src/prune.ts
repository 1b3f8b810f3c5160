import { count, onTrainingRows, percent, table } from '@adapterfusion/terminal';
import { Option, type Command } from 'commander';
import type { PruneReport } from 'adapterfusion';
import { commonOptions, dataOptions, given, number, withData, type DataFlags } from './flags.js';
import { run, type Outcome } from './run.js';
import { commandLine } from './shell.js';

interface PruneFlags extends DataFlags {
  readonly model?: string;
  readonly keep: number;
  readonly skipLayers: number;
  readonly split?: 'train' | 'validation' | 'test';
  readonly maxLength?: number;
  readonly head?: string;
  readonly out: string;
  readonly overwrite?: boolean;
  readonly backboneUnverified?: boolean;
}

const EXAMPLE = `
Example:
  adapterfusion prune bundles/rte-fusion --model models/all-MiniLM-L6-v2 --data rte --data-dir data/RTE --keep 2 \\
    --out bundles/rte-pruned`;

export function addPrune(root: Command, outcome: Outcome): void {
  withData(root.command('prune <bundle>').description('keep in each layer the adapters that a fusion uses most'))
    .requiredOption('--out <bundle>', 'where the pruned bundle is written')
    .option('--keep <n>', 'adapters that stay in each layer', number, 2)
    .option('--skip-layers <n>', 'leave the fusion out of so many layers, from the lowest', number, 0)
    .option('--model <dir>', 'folder or npm package of the encoder (default: the one that the bundle names)')
    .addOption(
      new Option(
        '--split <name>',
        'rows that say what is used, and measure it (default: validation; of a file: all)',
      ).choices(['train', 'validation', 'test']),
    )
    .option('--max-length <n>', "longest input in tokens (default: that of the bundle's training)", number)
    .option('--task, --head <name>', 'for which task, where there are several')
    .option('--overwrite', 'replace a bundle that is there')
    .option('--backbone-unverified', 'accept a set-up that names another encoder')
    .addHelpText('after', EXAMPLE)
    .action((bundle: string, flags: PruneFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { prune } = await import('adapterfusion');
        const { model, keep, skipLayers, split, maxLength, head, out, overwrite, backboneUnverified } = flags;
        const report = await prune(bundle, {
          ...commonOptions(flags, output, signal),
          ...dataOptions(flags),
          ...given({ model, split, maxLength, head, overwrite, backboneUnverified }),
          keep,
          skipLayers,
          out,
        });
        const encoder = model === undefined ? [] : ['--model', model];
        const next = ['export', out, ...encoder, '--compiled', '--out', `${out}-compiled`];
        output.result({ type: 'pruned', ...report }, [...lines(report), '', `next: ${commandLine(next)}`]);
      }),
    );
}

function lines({ path, data, split, rows, trainedOn, table: forms, kept }: PruneReport): string[] {
  const metrics = Object.keys(forms[0]!.metrics);
  return [
    ...table([
      [
        `${data}, ${split}, ${count(rows)} rows${onTrainingRows(trainedOn)}`,
        ...metrics.map((name) => `${name} %`),
        'ms a row',
      ],
      ...forms.map((each) => [
        each.form,
        ...metrics.map((name) => percent(each.metrics[name]!)),
        each.msPerRow.toFixed(2),
      ]),
    ]),
    '',
    ...table([['layer', 'kept'], ...Object.entries(kept).map(([site, names]) => [site, names.join(', ') || 'none'])]),
    '',
    `saved ${path}`,
  ];
}

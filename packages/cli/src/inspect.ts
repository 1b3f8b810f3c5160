import { count, heatMap, percent, table, weightsHeading } from '@adapterfusion/terminal';
import type { Inspection } from 'adapterfusion';
import { Option, type Command } from 'commander';
import { commonOptions, dataOptions, given, number, withData, type DataFlags } from './flags.js';
import { run, type Outcome } from './run.js';

interface InspectFlags extends Omit<DataFlags, 'data'> {
  readonly data?: string;
  readonly model?: string;
  readonly split?: 'train' | 'validation' | 'test';
  readonly maxLength?: number;
  readonly head?: string;
  readonly backboneUnverified?: boolean;
}

const EXAMPLE = `
Examples:
  adapterfusion inspect bundles/rte-fusion --model models/all-MiniLM-L6-v2
  adapterfusion inspect bundles/rte-fusion --model models/all-MiniLM-L6-v2 --data rte --data-dir data`;

export function addInspect(root: Command, outcome: Outcome): void {
  const command = withData(
    root.command('inspect <bundle>').description('what a bundle holds; on data, what its fusion relies on'),
  );
  // Without data there is enough to see.
  command.options.find(({ long }) => long === '--data')!.makeOptionMandatory(false);
  command
    .option('--model <dir>', 'folder or npm package of the encoder (default: the one that the bundle names)')
    .addOption(
      new Option('--split <name>', 'which rows (default: validation; of a file: all)').choices([
        'train',
        'validation',
        'test',
      ]),
    )
    .option('--max-length <n>', 'longest input in tokens', number)
    .option('--task, --head <name>', 'for which task, where there are several')
    .option('--backbone-unverified', 'accept a set-up that names another encoder')
    .addHelpText('after', EXAMPLE)
    .action((bundle: string, flags: InspectFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { inspect } = await import('adapterfusion');
        const { data, model, split, maxLength, head, backboneUnverified } = flags;
        const found = await inspect(bundle, {
          ...commonOptions(flags, output, signal),
          ...(data === undefined ? {} : dataOptions({ ...flags, data })),
          ...given({ model, split, maxLength, head, backboneUnverified }),
        });
        output.result({ type: 'inspection', ...found }, lines(found));
      }),
    );
}

function lines({ parts, data, backend }: Inspection): string[] {
  const shown = table([
    ['part', 'plugin', 'parameters', 'sites'],
    ...parts.map(({ kind, name, plugin = '', parameters, sites }) => [
      kind === name ? kind : `${kind} ${name}`,
      ...[plugin.replace(/^.*#/, ''), count(parameters), sites.length > 0 ? count(sites.length) : ''],
    ]),
  ]);
  if (!data) return shown;
  const { forms, attention, adapters = [] } = data;
  const metrics = Object.keys(forms[0]!.metrics);
  const values = (found: { readonly [name: string]: number }): string[] => metrics.map((name) => percent(found[name]!));
  const head = metrics.map((name) => `${name} %`);
  return [
    ...shown,
    '',
    ...table([
      [`${data.data}, ${count(data.rows)} ${data.split} rows, ${backend}`, ...head, 'ms a row'],
      ...forms.map(({ form, metrics: found, msPerRow }) => [form, ...values(found), msPerRow.toFixed(2)]),
    ]),
    ...(adapters.length > 0
      ? [
          '',
          ...table([
            ['without the adapter', ...head, 'its mean weight'],
            ...adapters.map(({ adapter, weight, without }) => [adapter, ...values(without), weight.toFixed(2)]),
          ]),
        ]
      : []),
    ...(attention ? ['', weightsHeading(attention), ...heatMap(attention)] : []),
  ];
}

import { Option, type Command } from 'commander';
import { follow } from './follow.js';
import { given, trainingOptions, withTraining, type TrainingFlags } from './flags.js';
import { evaluateCommand } from './next.js';
import { run, type Outcome } from './run.js';

interface FuseFlags extends TrainingFlags {
  readonly adapters: readonly string[];
  readonly fusion: string;
  readonly strategy: string;
  readonly lead?: string;
  readonly compare: boolean | 'linear';
  readonly own?: readonly string[];
  readonly sameLabels?: boolean;
  readonly featureCache?: string;
  readonly backboneUnverified?: boolean;
}

const EXAMPLE = `
Examples:
  adapterfusion fuse --model models/all-MiniLM-L6-v2 --adapters bundles/rte bundles/mrpc sick=bundles/sick-2 \\
    --data rte --data-dir data/RTE --out bundles/rte-fusion
  adapterfusion fuse --model @adapterfusion/pocket --adapters films=@me/films goods=@you/goods \\
    --data reviews-restaurants --out bundles/restaurants`;

export function addFuse(root: Command, outcome: Outcome): void {
  withTraining(root.command('fuse').description('mix trained adapters for a task, and compare with other methods'))
    .requiredOption(
      '--adapters <place|name=place...>',
      'adapters in the order in which they are fused: folders, names of installed packages, package archives',
    )
    .option(
      '--fusion <method>',
      'auto (average below 128 rows, from there on selected by cross-validation on the training rows), or a method[option=value,…] as it is: average, scaling, attention',
      'auto',
    )
    .option('--strategy <name>', 'how it is trained: fusion, or fusion[adapters=tuned,subset=4]', 'fusion')
    .option('--lead <name>', 'the adapter whose query, residual and sublayer the fusion uses (default: the last)')
    .option('--name <name>', "name of the fusion and its head (default: the task's)")
    .option(
      '--own <name...>',
      'adapters that were trained on rows of this task, to be trained again in each fold (default: those whose bundles record the same rows)',
    )
    .option('--same-labels', 'compare with the heads of adapters whose labels are numbers or have other names')
    .option(
      '--feature-cache <dir>',
      'keep what encoder and adapters make of the measured rows, for the tables of later fusions',
    )
    .addOption(
      new Option(
        '--compare <rows>',
        'the table at the end: all, or linear: what trains nothing in steps (default: all)',
      )
        .choices(['all', 'linear'])
        .argParser((rows) => (rows === 'linear' ? rows : true)),
    )
    .option('--no-compare', 'leave out the table at the end')
    .option('--backbone-unverified', 'accept adapters that name another encoder')
    .addHelpText('after', EXAMPLE)
    .action((flags: FuseFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { fuse } = await import('adapterfusion');
        const { adapters, fusion, strategy, lead, compare, name, backboneUnverified, own, sameLabels, featureCache } =
          flags;
        const more = given({ lead, name, backboneUnverified, own, sameLabels, featureCache });
        const options = { adapters, fusion, strategy, compare, ...more };
        const run = fuse({ ...trainingOptions(flags, output, signal), ...options });
        return follow(run, output, (saved) => evaluateCommand(flags, saved));
      }),
    );
}

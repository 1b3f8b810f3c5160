import type { Command } from 'commander';
import { follow } from './follow.js';
import { given, trainingOptions, withTraining, type TrainingFlags } from './flags.js';
import { evaluateCommand } from './next.js';
import { run, type Outcome } from './run.js';

interface FuseFlags extends TrainingFlags {
  readonly adapters: readonly string[];
  readonly fusion: string;
  readonly strategy: string;
  readonly lead?: string;
  readonly compare: boolean;
  readonly backboneUnverified?: boolean;
}

const EXAMPLE = `
Examples:
  adapterfusion fuse --model models/all-MiniLM-L6-v2 --adapters bundles/rte bundles/mrpc sick=bundles/sick-2 \\
    --data rte --data-dir data/RTE --out bundles/rte-fusion
  adapterfusion fuse --model @adapterfusion/pocket --adapters films=@me/films goods=@you/goods \\
    --data reviews-restaurants --out bundles/restaurants`;

export function addFuse(root: Command, outcome: Outcome): void {
  withTraining(root.command('fuse').description('learn for a task how to mix trained adapters, and compare'))
    .requiredOption(
      '--adapters <place|name=place...>',
      'adapters in the order in which they are fused: folders, names of installed packages, package archives',
    )
    .option('--fusion <method>', 'method[option=value,…]', 'attention')
    .option('--strategy <name>', 'how it is trained: fusion, or fusion[adapters=tuned,subset=4]', 'fusion')
    .option('--lead <name>', 'the adapter that gives query, residual and the way out (default: the last)')
    .option('--name <name>', "name of the fusion and its head (default: the task's)")
    .option('--no-compare', 'leave out the table at the end')
    .option('--backbone-unverified', 'accept adapters that name another encoder')
    .addHelpText('after', EXAMPLE)
    .action((flags: FuseFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { fuse } = await import('adapterfusion');
        const { adapters, fusion, strategy, lead, compare, name, backboneUnverified } = flags;
        const options = { adapters, fusion, strategy, compare, ...given({ lead, name, backboneUnverified }) };
        const run = fuse({ ...trainingOptions(flags, output, signal), ...options });
        return follow(run, output, (saved) => evaluateCommand(flags, saved));
      }),
    );
}

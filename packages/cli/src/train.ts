import type { Command } from 'commander';
import { follow } from './follow.js';
import { given, trainingOptions, withTraining, type TrainingFlags } from './flags.js';
import { evaluateCommand } from './next.js';
import { run, type Outcome } from './run.js';

interface TrainFlags extends TrainingFlags {
  readonly strategy: string;
  readonly adapter?: string;
}

const EXAMPLE = `
Examples:
  adapterfusion train --model models/all-MiniLM-L6-v2 --data rte --data-dir data/RTE \\
    --adapter 'seq_bn[reduction_factor=16]' --epochs 6 --out bundles/rte
  adapterfusion train --model models/all-MiniLM-L6-v2 --data rte --data-dir data/RTE --strategy full --out bundles/rte-full`;

export function addTrain(root: Command, outcome: Outcome): void {
  withTraining(
    root.command('train').description('train for a task: an adapter and a head, a head alone, or the whole encoder'),
  )
    .option(
      '--strategy <name>',
      'what trains beside the head: st-a, an adapter; head, nothing; full, the encoder',
      'st-a',
    )
    .option('--adapter <method>', "the adapter's method[option=value,…], for st-a (default: seq_bn)")
    .option('--name <name>', "name of what is trained (default: the task's)")
    .addHelpText('after', EXAMPLE)
    .action((flags: TrainFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { train } = await import('adapterfusion');
        const options = {
          ...trainingOptions(flags, output, signal),
          strategy: flags.strategy,
          ...given({ adapter: flags.adapter, name: flags.name }),
        };
        return follow(train(options), output, (saved) => evaluateCommand(flags, saved));
      }),
    );
}

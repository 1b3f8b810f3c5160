import type { Command } from 'commander';
import { follow } from './follow.js';
import { given, trainingOptions, withTraining, type TrainingFlags } from './flags.js';
import { evaluateCommand } from './next.js';
import { run, type Outcome } from './run.js';

interface TrainFlags extends TrainingFlags {
  readonly adapter: string;
}

const EXAMPLE = `
Example:
  adapterfusion train --model models/all-MiniLM-L6-v2 --data rte --data-dir data/RTE \\
    --adapter 'seq_bn[reduction_factor=16]' --epochs 6 --out bundles/rte`;

export function addTrain(root: Command, outcome: Outcome): void {
  withTraining(root.command('train').description('train an adapter and a head for a task, the encoder frozen'))
    .option('--adapter <method>', 'method[option=value,…], or none for a head alone', 'seq_bn')
    .option('--name <name>', "name of the adapter (default: the task's)")
    .addHelpText('after', EXAMPLE)
    .action((flags: TrainFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { train } = await import('adapterfusion');
        const options = {
          ...trainingOptions(flags, output, signal),
          adapter: flags.adapter,
          ...given({ name: flags.name }),
        };
        return follow(train(options), output, evaluateCommand(flags));
      }),
    );
}

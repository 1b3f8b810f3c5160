import type { Command } from 'commander';
import { AdapterFusionError } from '@adapterfusion/contracts';
import { follow } from './follow.js';
import { dataOptions, given, trainingOptions, withTasks, type TrainingFlags } from './flags.js';
import { evaluateCommand } from './next.js';
import { run, type Outcome } from './run.js';

interface TrainFlags extends Omit<TrainingFlags, 'data' | 'dataDir' | 'trainRows'> {
  readonly data: readonly string[];
  readonly dataDir?: readonly string[];
  readonly trainRows?: readonly number[];
  readonly strategy: string;
  readonly adapter?: string;
  readonly compare: boolean;
}

const EXAMPLE = `
Strategies for one task:    st-a (an adapter), head, full (the encoder)
Strategies for several:     multi-task[sampling=…], mt-a[encoder=frozen,sampling=…], sequential

Examples:
  adapterfusion train --model models/all-MiniLM-L6-v2 --data rte --data-dir data/RTE \\
    --adapter 'seq_bn[reduction_factor=16]' --epochs 6 --out bundles/rte
  adapterfusion train --model models/all-MiniLM-L6-v2 --data rte --data-dir data/RTE --strategy full --out bundles/rte-full
  adapterfusion train --model models/all-MiniLM-L6-v2 --data rte --data-dir data/RTE --data cb --data-dir data/CB \\
    --strategy 'mt-a[encoder=frozen]' --out bundles/together`;

export function addTrain(root: Command, outcome: Outcome): void {
  withTasks(
    root
      .command('train')
      .description(
        'train for a task: an adapter and a head, a head alone, or the whole encoder; or for several at once',
      ),
  )
    .option('--strategy <name>', 'what trains, on which tasks, in which order: see below', 'st-a')
    .option('--adapter <method>', "the adapter's method[option=value,…], for st-a and mt-a (default: seq_bn)")
    .option('--name <name>', "name of what is trained (default: the task's, or the tasks' names)")
    .option('--no-compare', 'leave out the table of methods that need no adapter')
    .addHelpText('after', EXAMPLE)
    .action((flags: TrainFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { train } = await import('adapterfusion');
        const { data: _, dataDir: __, trainRows: ___, strategy, adapter, name, compare, ...shared } = flags;
        const tasks = tasksOf(flags);
        const options = {
          ...trainingOptions({ ...shared, ...tasks[0]! }, output, signal),
          data: tasks.map((task) => ({
            ...dataOptions({ ...shared, ...task }),
            ...given({ trainRows: task.trainRows }),
          })),
          strategy,
          compare,
          ...given({ adapter, name }),
        };
        let encoder = flags.model;
        return follow(train(options), output, (saved) => {
          if (saved.kind === 'model') encoder = saved.path;
          const own = tasks.find(({ data }) => data === saved.tasks[0]!.data)!;
          return evaluateCommand({ ...shared, ...own, model: encoder }, saved);
        });
      }),
    );
}

/** One task a value of `--data`. @throws OPTIONS_INVALID where the other options are not one each */
function tasksOf({ data, dataDir, trainRows }: TrainFlags): { data: string; dataDir?: string; trainRows?: number }[] {
  const folders = ofEach('--data-dir', dataDir, data.length);
  const rows = ofEach('--train-rows', trainRows, data.length);
  return data.map((each, at) => ({ data: each, ...given({ dataDir: folders[at], trainRows: rows[at] }) }));
}

/** The values of an option for each of so many tasks: one for all where a single number is given, or one each. */
function ofEach<T extends string | number>(
  flag: string,
  given: readonly T[] = [],
  tasks: number,
): readonly (T | undefined)[] {
  if (given.length === 0 || given.length === tasks) return given;
  if (given.length === 1 && typeof given[0] === 'number') return new Array<T>(tasks).fill(given[0]);
  throw new AdapterFusionError('OPTIONS_INVALID', {
    at: flag,
    expected: `${tasks} values, one for each --data in its order`,
    got: `${given.length}: ${given.join(', ')}`,
    fix: `Give ${flag} as often as --data.`,
  });
}

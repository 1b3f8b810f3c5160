import { AdapterFusionError } from '@adapterfusion/contracts';
import { nodeFiles } from '@adapterfusion/files-node';
import { interruptible, Output, reportError, usageLines } from '@adapterfusion/terminal';
import type { TrainOptions } from 'adapterfusion';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { measure, type Plan } from './measure.js';
import { STRATEGIES, TASKS, type Changes, type Strategy } from './settings.js';
import { markdown } from './table.js';

type Numbers = Readonly<Record<string, number>>;

interface Flags {
  readonly model: string;
  readonly dataDir: string;
  readonly out: string;
  readonly tasks: readonly string[];
  readonly strategies: readonly Strategy[];
  readonly seeds: readonly number[];
  readonly pooling: Changes['pooling'];
  readonly backend: string;
  readonly learningRate: Numbers;
  readonly epochs: Numbers;
  readonly trainRows: Numbers;
}

/** @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted with everything kept */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const command = program().action(async (flags: Flags) => {
    code = await run(flags);
  });
  try {
    await command.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!AdapterFusionError.is(error)) throw error;
    return reportError(error, false);
  }
}

async function run({ learningRate, epochs, trainRows, pooling, backend, ...flags }: Flags): Promise<number> {
  const files = nodeFiles();
  const output = new Output(false);
  const plan: Plan = {
    ...flags,
    // A name or seed given twice is one.
    tasks: [...new Set(flags.tasks)],
    strategies: [...new Set(flags.strategies)],
    seeds: [...new Set(flags.seeds)],
    // An unknown name is refused by the API, with what there is.
    backend: backend as NonNullable<TrainOptions['backend']>,
    changes: (strategy, task) => ({
      pooling,
      ...(learningRate[strategy] === undefined ? {} : { learningRate: learningRate[strategy] }),
      ...(epochs[task] === undefined ? {} : { epochs: epochs[task] }),
      ...(trainRows[task] === undefined ? {} : { trainRows: trainRows[task] }),
    }),
  };
  return interruptible(output, 'The same command goes on.', async (signal) => {
    const { results, failed, interrupted } = await measure(plan, files, output, signal);
    const table = markdown(results);
    await files.write(files.join(plan.out, 'table.md'), new TextEncoder().encode(table));
    output.result({}, ['', table]);
    for (const line of failed) output.warn(line);
    if (interrupted) output.note('The same command goes on.');
    return interrupted ? 130 : failed.length > 0 ? 1 : 0;
  });
}

function program(): Command {
  const choices = (flag: string, words: string, names: readonly string[], standard: readonly string[]): Option =>
    new Option(flag, words).choices(names).default(standard);
  return new Command('measure-quality')
    .description('measure what an encoder reaches on GLUE tasks; goes on where it was stopped')
    .requiredOption('--model <dir>', 'folder of the encoder')
    .requiredOption('--data-dir <dir>', 'the folder that holds the folders of the tasks')
    .requiredOption('--out <dir>', 'where results.jsonl and table.md are written')
    .addOption(choices('--tasks <names...>', 'what is learned', Object.keys(TASKS), Object.keys(TASKS)))
    .addOption(choices('--strategies <names...>', 'what trains', STRATEGIES, ['full', 'st-a']))
    .option('--seeds <numbers...>', 'one run each', (value, before?: number[]) => [...(before ?? []), number(value)])
    .addOption(new Option('--pooling <how>', 'what heads read').choices(['cls', 'pooler', 'mean']).default('mean'))
    .option('--learning-rate <strategy=x...>', 'another learning rate', perName(STRATEGIES), {})
    .option('--epochs <task=n...>', 'other numbers of epochs', perName(Object.keys(TASKS)), {})
    .option('--train-rows <task=n...>', 'a part of the training rows', perName(Object.keys(TASKS)), {})
    .option('--backend <name>', 'what computes', 'auto')
    .hook('preAction', (command) => {
      if (command.getOptionValue('seeds') === undefined) command.setOptionValue('seeds', [0, 1, 2]);
    })
    .configureOutput({ outputError: (text, write) => write(usageLines(text)) })
    .exitOverride();
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It is not a number of 0 or more.');
}

/** Collects `name=number`. */
function perName(names: readonly string[]) {
  return (text: string, before: Numbers): Numbers => {
    const [name = '', value = '', ...more] = text.split('=');
    if (!names.includes(name) || more.length > 0)
      throw new InvalidArgumentError(`Write name=number, the name one of ${names.join(', ')}.`);
    return { ...before, [name]: number(value) };
  };
}

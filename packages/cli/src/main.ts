import { createRequire } from 'node:module';
import { reportError, usageLines } from '@adapterfusion/terminal';
import { Command, CommanderError } from 'commander';
import { addData } from './data.js';
import { addDoctor } from './doctor.js';
import { addEvaluate } from './evaluate.js';
import { addExport } from './export.js';
import { addFuse } from './fuse.js';
import { addImport } from './import.js';
import { addList } from './list.js';
import { addInspect } from './inspect.js';
import { addNative } from './native.js';
import { addPack } from './pack.js';
import { addPredict } from './predict.js';
import { addPrune } from './prune.js';
import { addQuantize } from './quantize.js';
import type { Outcome } from './run.js';
import { addReport } from './report.js';
import { addRunExperiment } from './run-experiment.js';
import { addTrain } from './train.js';

/**
 * Runs the command.
 * @param args what stands after the program's name
 * @returns the exit code: 0, 1 for a failure, 2 for wrong usage, 130 when interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  const outcome: Outcome = { code: 0 };
  try {
    await program(outcome).parseAsync([...args], { from: 'user' });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error, args.includes('--json'));
  }
}

function program(outcome: Outcome): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  const root = new Command('adapterfusion')
    .description('Train adapters on a frozen encoder, fuse them for another task, use them.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print help')
    .helpCommand(false)
    .exitOverride()
    // So that a verb may have a --version of its own.
    .enablePositionalOptions()
    .configureOutput({ outputError: (text, write) => write(usageLines(text)) })
    .addHelpText('after', '\nWhat a verb takes: adapterfusion train --help');
  for (const add of [
    addTrain,
    addFuse,
    addRunExperiment,
    addReport,
    addInspect,
    addEvaluate,
    addPredict,
    addData,
    addImport,
    addExport,
    addPrune,
    addQuantize,
    addPack,
    addList,
    addNative,
    addDoctor,
  ])
    add(root, outcome);
  return root;
}

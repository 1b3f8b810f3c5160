import { interruptible, Output } from '@adapterfusion/terminal';
import type { Command } from 'commander';
import { commandLine } from './shell.js';

/** What the process will end with. */
export interface Outcome {
  code: number;
}

/** Options that every verb has. */
export interface CommonFlags {
  readonly json?: boolean;
  readonly backend?: string;
}

/** Adds them. */
export function withCommon(command: Command): Command {
  return command
    .option('--backend <name>', 'what computes: auto, cuda, native, webgpu, wasm or cpu', 'auto')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .helpOption('--help', 'print help');
}

/**
 * Does a verb's work. The first Ctrl-C raises the signal, the second ends the process.
 * @param work returns the exit code, 0 where it returns nothing
 */
export async function run(
  command: Command,
  outcome: Outcome,
  work: (output: Output, signal: AbortSignal) => Promise<number | void>,
): Promise<void> {
  const output = new Output(command.opts<{ json?: boolean | string }>().json === true);
  const again = `To start again: ${commandLine(process.argv.slice(2))}`;
  outcome.code = await interruptible(output, again, (signal) => work(output, signal));
}

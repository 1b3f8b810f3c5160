import type { Command } from 'commander';
import { isAbort } from './errors.js';
import { Output } from './output.js';
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
    .option('--backend <name>', 'what computes: auto, native, wasm or cpu', 'auto')
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
  const output = new Output(command.opts<CommonFlags>().json ?? false);
  const controller = new AbortController();
  const interrupt = (): void => {
    controller.abort();
    output.note('Stopping as soon as this step is done; Ctrl-C again stops at once.');
  };
  process.once('SIGINT', interrupt);
  try {
    outcome.code = (await work(output, controller.signal)) ?? 0;
  } catch (error) {
    if (!controller.signal.aborted || !isAbort(error)) throw error;
    const again = `To start again: ${commandLine(process.argv.slice(2))}`;
    output.note(`Interrupted. ${output.given ? 'What is named above is saved.' : again}`);
    outcome.code = 130;
  } finally {
    output.end();
    process.removeListener('SIGINT', interrupt);
  }
}

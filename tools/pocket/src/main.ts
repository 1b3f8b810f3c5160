import { AdapterFusionError } from '@adapterfusion/contracts';
import { nodeFiles } from '@adapterfusion/files-node';
import { openBackend, provideBackend, type BackendName } from '@adapterfusion/tensor';
import { nativeProvider } from '@adapterfusion/tensor-node';
import { reportError, usageLines } from '@adapterfusion/terminal';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { prepare } from './prepare.js';
import { flagOf, PUBLISHED, type Recipe, type Workshop } from './recipe.js';
import { STAGES, type Stage, type StageName } from './stages.js';

interface Flags extends Recipe {
  readonly backend: BackendName | 'auto';
  readonly out: string;
}

/**
 * The command. Every stage first makes what the stages before it have not made yet, so that `make` is the whole of it and
 * any of them can be started again at any time.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted with everything kept
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('make-pocket')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageLines(text)) });
  for (const [name, { description }] of Object.entries(STAGES)) {
    const command = program.command(name).description(description);
    options(command).action((flags: Flags) => run(name as StageName, flags));
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const code = reportError(error, false);
    return AdapterFusionError.is(error) && error.code === 'ABORTED' ? 130 : code;
  }
}

async function run(name: StageName, { backend, out, ...recipe }: Flags): Promise<void> {
  const stop = new AbortController();
  const raise = () => stop.abort();
  // The second ends the process.
  process.once('SIGINT', raise).once('SIGTERM', raise);
  provideBackend(nativeProvider);
  try {
    const begun = performance.now();
    const report = (line: string) =>
      void process.stdout.write(`${((performance.now() - begun) / 1000).toFixed(0).padStart(6)} s  ${line}\n`);
    const workshop: Workshop = { recipe, files: nodeFiles(), signal: stop.signal, report };
    const prepared = await prepare(workshop);
    const opened = await openBackend(backend);
    report(`backend: ${opened.name}, ${opened.device}, threads: ${opened.threads}`);
    const stage: Stage = STAGES[name];
    await stage.run(workshop, prepared, out);
  } finally {
    process.off('SIGINT', raise).off('SIGTERM', raise);
  }
}

function options(command: Command): Command {
  command
    .requiredOption('--corpus <file>', 'text in UTF-8, one paragraph a line; .zst is unpacked')
    .requiredOption('--teacher <folder>', 'a BERT encoder in the hub’s layout')
    .requiredOption('--state <folder>', 'where what is made on the way is kept')
    .option('--backend <name>', 'native, wasm, cpu or auto', 'auto')
    .option('--out <folder>', 'where the encoder is written', 'packages/models/pocket');
  for (const [key, value] of Object.entries(PUBLISHED))
    command.option(`${flagOf(key)} <number>`, MEANINGS[key as keyof typeof PUBLISHED], number, value);
  return command;
}

const MEANINGS: { readonly [key in keyof typeof PUBLISHED]: string } = {
  seed: 'of everything that is drawn',
  vocabulary: 'pieces',
  tokens: 'tokens that the teacher reads',
  maxLength: 'longest row in tokens',
  heldOut: 'rows kept apart for measuring',
  layers: 'of the student',
  hidden: 'its width',
  heads: 'its attention heads',
  inner: 'width of its feed-forward layers',
  epochs: 'passes over the rows',
  batchSize: 'rows of a step',
  learningRate: 'at its peak',
  checkpointEvery: 'steps between checkpoints',
};

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('a number, 0 or more');
}

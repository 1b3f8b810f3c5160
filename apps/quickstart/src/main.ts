import { join } from 'node:path';
import { interruptible, Output, reportError } from '@adapterfusion/terminal';
import { AdapterFusionError, filesOf } from 'adapterfusion';
import { HELP, parseFlags, type Flags } from './flags.js';
import { resultLines } from './lines.js';
import { resultPage } from './page.js';
import { quickstart } from './quickstart.js';
import { verdict } from './verdict.js';

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args);
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const output = new Output(flags.json);
  const again = `To start again: npm run quickstart -- ${args.join(' ')}`.trim();
  return interruptible(output, again, (signal) => run(flags, output, signal));
}

async function run(flags: Flags, output: Output, signal: AbortSignal): Promise<void> {
  const result = await quickstart(flags, output, signal);
  const found = verdict(result);
  const page = join(flags.out, 'report.html');
  await filesOf().write(page, new TextEncoder().encode(resultPage(result, found)));
  output.result({ ...result, type: 'result', verdict: found, page }, resultLines(result, found, page));
}

/** Wrong use: 2; any other error: 1. */
await main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const code = reportError(error, process.argv.includes('--json'));
    const misused = AdapterFusionError.is(error) && ['USAGE', 'OPTIONS_INVALID'].includes(error.code);
    process.exitCode = misused ? 2 : code;
  },
);

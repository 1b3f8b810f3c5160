import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { interruptible, Output, reportError } from '@adapterfusion/terminal';
import { AdapterFusionError } from 'adapterfusion';
import { HELP, parseFlags, type Flags } from './flags.js';
import { resultLines } from './lines.js';
import { resultPage } from './page.js';
import { quickstart } from './quickstart.js';
import { RECIPE } from './recipe.js';
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

async function run(flags: Flags, output: Output, signal: AbortSignal): Promise<number> {
  const result = await quickstart(flags, RECIPE, output, signal);
  if (result === undefined) return 130;
  const found = verdict(result);
  const page = join(flags.out, 'report.html');
  await mkdir(flags.out, { recursive: true });
  await writeFile(`${page}.new`, resultPage(result, found));
  await rename(`${page}.new`, page);
  output.result({ type: 'result', ...result, verdict: found, page }, resultLines(result, found, page));
  return 0;
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

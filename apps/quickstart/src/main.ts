import { join } from 'node:path';
import { interruptible, Output, reportError } from '@adapterfusion/terminal';
import { AdapterFusionError, filesOf } from 'adapterfusion';
import type { Bench } from './cells.js';
import { NAMES } from './domains.js';
import { HELP, parseFlags, type Flags } from './flags.js';
import { resultLines } from './lines.js';
import { resultPage } from './page.js';
import { quickstart } from './quickstart.js';
import { RECIPE } from './recipe.js';
import { study } from './study.js';
import { studyTable } from './study-table.js';
import { GRID, tune } from './tune.js';
import { verdict } from './verdict.js';

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args);
  if (flags.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const output = new Output(flags.json);
  const again = `To start again: npm run quickstart -- ${args.join(' ')}`.trim();
  return interruptible(output, again, (signal) => (flags.study ? measure : run)(flags, output, signal));
}

/** The claim, measured; or the settings, chosen. */
async function measure(flags: Flags, output: Output, signal: AbortSignal): Promise<void> {
  const { model, backend, out, seeds } = flags;
  const bench: Bench = { model, backend, signal, out, measureOn: 'test' };
  if (flags.tune) {
    const tuning = { ...bench, out: join(out, 'tuning'), measureOn: 'validation' } as const;
    const recipe = await tune(tuning, RECIPE, GRID, seeds, output);
    output.result({ type: 'recipe', recipe }, ['', 'For src/recipe.ts:', JSON.stringify(recipe, undefined, 2)]);
    return;
  }
  const plan = { targets: flags.target ? [flags.target] : NAMES, budgets: flags.budgets, seeds };
  const table = studyTable(await study(bench, RECIPE, plan, output), plan);
  await filesOf().write(join(out, 'results.md'), new TextEncoder().encode(table));
  output.result({ type: 'study', table }, table.trimEnd().split('\n'));
}

async function run(flags: Flags, output: Output, signal: AbortSignal): Promise<void> {
  const result = await quickstart({ ...flags, target: flags.target ?? 'films' }, RECIPE, output, signal);
  const found = verdict(result);
  const page = join(flags.out, 'report.html');
  await filesOf().write(page, new TextEncoder().encode(resultPage(result, found)));
  output.result({ type: 'result', ...result, verdict: found, page }, resultLines(result, found, page));
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

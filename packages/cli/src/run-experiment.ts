import { clock, count, metricsLine, RunView, table, type Output } from '@adapterfusion/terminal';
import type { ExperimentEvent, Preview, RunExperimentOptions } from '@adapterfusion/experiment';
import type { Command } from 'commander';
import { reportProblems } from './problems.js';
import { run, type Outcome } from './run.js';
import { commandLine } from './shell.js';

interface ExperimentFlags {
  readonly out: string;
  readonly dryRun?: boolean;
  readonly keepBundles?: boolean;
  readonly json?: boolean;
}

const EXAMPLE = `
The same command goes on after an interruption of any kind. What is in the file is described by
experiment.schema.json of @adapterfusion/experiment.

Examples:
  adapterfusion run experiment.json --out runs/experiment --dry-run
  adapterfusion run experiment.json --out runs/experiment
  adapterfusion report runs/experiment`;

export function addRunExperiment(root: Command, outcome: Outcome): void {
  root
    .command('run')
    .description('measure tasks by strategies and seeds, as a file says; resumable')
    .argument('<experiment>', 'a file of JSON')
    .requiredOption('--out <dir>', 'the folder of the results; what is there is not done again')
    .option('--dry-run', 'check the file, print the plan and an estimate, train nothing')
    .option('--keep-bundles', 'keep the bundles of all runs, not only the adapters that others mix')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .helpOption('--help', 'print help')
    .addHelpText('after', EXAMPLE)
    .action((experiment: string, flags: ExperimentFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { previewExperiment, runExperiment } = await import('@adapterfusion/experiment');
        const { out, dryRun, keepBundles = false } = flags;
        const options = { experiment, out, keepBundles, signal };
        return reportProblems(output, async () => {
          if (dryRun) return showPreview(await previewExperiment(options), output);
          return follow(runExperiment(withVoice(options, output)), output, out);
        });
      }),
    );
}

const withVoice = (options: RunExperimentOptions, output: Output): RunExperimentOptions => ({
  ...options,
  onProgress: output.stage,
  onWarning: output.warn,
});

function showPreview({ cells, runs, seconds, measured }: Preview, output: Output): void {
  const left = runs.filter(({ done }) => !done);
  const by = measured > 0 ? `the ${measured} runs that are there` : 'how fast the backend multiplies';
  output.result({ type: 'preview', cells, runs, seconds, measured }, [
    ...table([
      ['run', 'seconds, about'],
      ...runs.map((each) => [each.label, each.done ? 'done' : count(Math.ceil(each.seconds))]),
    ]),
    '',
    `${count(cells)} cells, ${count(runs.length)} runs, ${count(left.length)} of them to do: about ${clock(seconds)} by ${by}`,
  ]);
}

/** @returns the exit code */
async function follow(events: AsyncIterable<ExperimentEvent>, output: Output, out: string): Promise<number> {
  let view = new RunView(output);
  for await (const event of events) {
    if (event.type === 'event') {
      if (event.event.type !== 'saved' && event.event.type !== 'table') view.show(event.event);
      continue;
    }
    if (event.type === 'plan')
      output.event(event, `${count(event.cells)} cells, ${count(event.runs)} runs, ${count(event.done)} of them done`);
    else if (event.type === 'run') {
      view = new RunView(output);
      output.event(event, `${event.index + 1} of ${event.runs}: ${event.label}`);
    } else if (event.type === 'run-done')
      output.event(
        { ...event, results: event.results.map(({ predictions: _, ...cell }) => cell) },
        `${event.label}: ${event.results[0] ? metricsLine(event.results[0].metrics) : 'done'}`,
      );
    else if (event.type === 'run-failed') output.event(event, `${event.label} failed: ${event.code}: ${event.message}`);
    else {
      const { results, failed, interrupted } = event;
      if (interrupted) {
        output.note(`To go on: ${commandLine(process.argv.slice(2))}`);
        return 130;
      }
      const lines = failed.map(
        ({ strategy, task, seed, code }) => `failed: ${strategy} ${task}, seed ${seed}: ${code}`,
      );
      output.result({ type: 'finished', cells: results.length, failed, out }, [
        ...lines,
        `${count(results.length)} cells measured, ${failed.length} failed: ${out}/results.jsonl`,
        `next: ${commandLine(['report', out])}`,
      ]);
      return failed.length > 0 ? 1 : 0;
    }
  }
  return 0;
}

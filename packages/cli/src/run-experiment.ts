import { clock, count, table, type Output } from '@adapterfusion/terminal';
import type { ExperimentEvent, Preview, Workers } from '@adapterfusion/experiment';
import type { Command } from 'commander';
import { ExperimentView, voiceOf } from './experiment-view.js';
import { reportProblems } from './problems.js';
import { run, type Outcome } from './run.js';
import { commandLine } from './shell.js';
import { workerCount, type WorkerCount } from './worker-count.js';
import type { WorkerTask } from './worker-messages.js';
import type { Voice } from './worker-process.js';

interface ExperimentFlags {
  readonly out: string;
  readonly dryRun?: boolean;
  readonly keepBundles?: boolean;
  readonly workers: string;
  readonly json?: boolean;
}

const EXAMPLE = `
The same command goes on after an interruption of any kind. What is in the file is described by
experiment.schema.json of @adapterfusion/experiment.

Workers share the cores, and a run waits while those on their way leave too little of 80 % of the machine's memory for it.
On the backend native a result belongs to a number of threads: with another number of workers it is measured anew, unless
TF_NUM_INTRAOP_THREADS is set.

Examples:
  adapterfusion run experiment.json --out runs/experiment --dry-run
  adapterfusion run experiment.json --out runs/experiment
  adapterfusion run experiment.json --out runs/experiment --workers auto
  adapterfusion report runs/experiment`;

export function addRunExperiment(root: Command, outcome: Outcome): void {
  root
    .command('run')
    .description('measure tasks by strategies and seeds, as a file says; resumable')
    .argument('<experiment>', 'a file of JSON')
    .requiredOption('--out <dir>', 'the folder of the results; what is there is not done again')
    .option('--dry-run', 'check the file, print the plan and an estimate, train nothing')
    .option('--keep-bundles', 'keep the bundles of all runs, not only the adapters that others mix')
    .option(
      '--workers <n>',
      'runs beside each other, each in a process of its own; auto: as cores and memory allow',
      '1',
    )
    .option('--json', 'one JSON object a line on stdout, for machines')
    .helpOption('--help', 'print help')
    .addHelpText('after', EXAMPLE)
    .action((experiment: string, flags: ExperimentFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { out, dryRun, keepBundles = false } = flags;
        const wanted = workerCount(flags.workers);
        const { previewExperiment, runExperiment } = await import('@adapterfusion/experiment');
        return reportProblems(output, async () => {
          if (dryRun) {
            const places = wanted === 1 ? {} : { places: (await processes()).previewedPlaces(wanted) };
            return showPreview(await previewExperiment({ experiment, out, ...places }), output);
          }
          const workers =
            wanted === 1 ? {} : { workers: await startWorkers({ experiment, out }, wanted, output, signal) };
          const told = { onProgress: output.stage, onWarning: output.warn };
          return follow(runExperiment({ experiment, out, keepBundles, signal, ...told, ...workers }), output, out);
        });
      }),
    );
}

const processes = () => import('./worker-processes.js');

async function startWorkers(
  task: WorkerTask,
  wanted: WorkerCount,
  output: Output,
  signal: AbortSignal,
): Promise<Workers> {
  const { WorkerProcesses } = await processes();
  const voice = (place: number) => {
    const tell = voiceOf(output, place + 1);
    return (said: Parameters<Voice>[0]): void =>
      said.type === 'progress'
        ? tell.event({ type: 'progress', ...said.progress })
        : tell.event(said, `warning: ${said.message}`);
  };
  return new WorkerProcesses(task, wanted, voice, signal);
}

function showPreview({ cells, runs, seconds, workers, measured }: Preview, output: Output): void {
  const left = runs.filter(({ done }) => !done);
  const by = measured > 0 ? `the ${measured} runs that are there` : 'how fast the backend multiplies';
  const beside = workers > 1 ? `, at most ${count(workers)} of them beside each other` : '';
  const largest = Math.max(0, ...left.map(({ memory }) => memory)) / 1e9;
  const memory = workers > 1 ? `. The largest needs about ${largest.toFixed(1)} GB` : '';
  output.result({ type: 'preview', cells, runs, seconds, workers, measured }, [
    ...table([
      ['run', 'seconds, about'],
      ...runs.map((each) => [each.label, each.done ? 'done' : count(Math.ceil(each.seconds))]),
    ]),
    '',
    `${count(cells)} cells, ${count(runs.length)} runs, ${count(left.length)} of them to do${beside}: about ${clock(seconds)} by ${by}${memory}`,
  ]);
}

/** @returns the exit code */
async function follow(events: AsyncIterable<ExperimentEvent>, output: Output, out: string): Promise<number> {
  const view = new ExperimentView(output);
  for await (const event of events) {
    if (event.type !== 'finished') {
      view.show(event);
      continue;
    }
    const { results, failed, interrupted } = event;
    if (interrupted) {
      output.note(`To go on: ${commandLine(process.argv.slice(2))}`);
      return 130;
    }
    const lines = failed.map(({ strategy, task, seed, code }) => `failed: ${strategy} ${task}, seed ${seed}: ${code}`);
    output.result({ type: 'finished', cells: results.length, failed, out }, [
      ...lines,
      `${count(results.length)} cells measured, ${failed.length} failed: ${out}/results.jsonl`,
      `next: ${commandLine(['report', out])}`,
    ]);
    return failed.length > 0 ? 1 : 0;
  }
  return 0;
}

import type { Command } from 'commander';
import { run, type Outcome } from './run.js';

interface ReportFlags {
  readonly out?: string;
  readonly beside?: string;
  readonly name?: string;
}

const EXAMPLE = `
Examples:
  adapterfusion report runs/experiment --out runs/experiment/report
  adapterfusion report runs/experiment --beside reference.jsonl

A line of the file beside: { "strategy": "st-a", "task": "rte", "seed": 0, "metrics": { "accuracy": 0.75 } };
the results.jsonl of another experiment will do.`;

export function addReport(root: Command, outcome: Outcome): void {
  root
    .command('report')
    .description('the results of an experiment as a page and as Markdown, also of one that is not finished')
    .argument('<dir>', 'the folder of an experiment')
    .option('--out <path>', 'where to write, without the ending (default: report in the folder)')
    .option('--beside <file>', 'results of others, a line of JSON each, to be shown beside these')
    .option('--name <name>', 'what the results beside are called (default: the file, without the ending)')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .helpOption('--help', 'print help')
    .addHelpText('after', EXAMPLE)
    .action((folder: string, flags: ReportFlags, command: Command) =>
      run(command, outcome, async (output) => {
        const { readExperiment, readOtherResults } = await import('@adapterfusion/experiment');
        const { experimentReport } = await import('@adapterfusion/report');
        const { filesOf } = await import('adapterfusion');
        const files = filesOf();
        const out = flags.out ?? files.join(folder, 'report');
        const { beside: path, name = path?.replace(/^.*[/\\]|\.jsonl$/g, '') ?? '' } = flags;
        const beside = path === undefined ? undefined : { name, results: await readOtherResults(path) };
        const { html, markdown } = experimentReport(await readExperiment(folder), beside);
        const paths = { html: `${out}.html`, markdown: `${out}.md` };
        await files.write(paths.html, new TextEncoder().encode(html));
        await files.write(paths.markdown, new TextEncoder().encode(markdown));
        output.result({ type: 'report', ...paths }, [`saved ${paths.html}`, `saved ${paths.markdown}`]);
      }),
    );
}

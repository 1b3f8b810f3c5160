import type { Command } from 'commander';
import { run, type Outcome } from './run.js';

const EXAMPLE = `
Example:
  adapterfusion report runs/experiment --out runs/experiment/report`;

export function addReport(root: Command, outcome: Outcome): void {
  root
    .command('report')
    .description('the results of an experiment as a page and as Markdown, also of one that is not finished')
    .argument('<dir>', 'the folder of an experiment')
    .option('--out <path>', 'where to write, without the ending (default: report in the folder)')
    .option('--json', 'one JSON object a line on stdout, for machines')
    .helpOption('--help', 'print help')
    .addHelpText('after', EXAMPLE)
    .action((folder: string, flags: { readonly out?: string }, command: Command) =>
      run(command, outcome, async (output) => {
        const { readExperiment } = await import('@adapterfusion/experiment');
        const { experimentReport } = await import('@adapterfusion/report');
        const { filesOf } = await import('adapterfusion');
        const files = filesOf();
        const out = flags.out ?? files.join(folder, 'report');
        const { html, markdown } = experimentReport(await readExperiment(folder));
        const paths = { html: `${out}.html`, markdown: `${out}.md` };
        await files.write(paths.html, new TextEncoder().encode(html));
        await files.write(paths.markdown, new TextEncoder().encode(markdown));
        output.result({ type: 'report', ...paths }, [`saved ${paths.html}`, `saved ${paths.markdown}`]);
      }),
    );
}

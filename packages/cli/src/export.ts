import { count } from '@adapterfusion/terminal';
import type { Command } from 'commander';
import { commonOptions, given } from './flags.js';
import { run, withCommon, type CommonFlags, type Outcome } from './run.js';
import { commandLine } from './shell.js';

interface ExportFlags extends CommonFlags {
  readonly model?: string;
  readonly out: string;
  readonly overwrite?: boolean;
  readonly backboneUnverified?: boolean;
}

const EXAMPLE = `
Example:
  adapterfusion export bundles/rte-fusion --model models/all-MiniLM-L6-v2 --compiled --out bundles/rte-fusion-compiled`;

export function addExport(root: Command, outcome: Outcome): void {
  withCommon(root.command('export <bundle>').description('write a bundle in another form'))
    .requiredOption('--compiled', 'for prediction only: fusions folded into their adapters, the same function of less')
    .requiredOption('--out <dir>', 'where it is written')
    .option('--model <dir>', 'folder or npm package of the encoder (default: the one that the bundle names)')
    .option('--overwrite', 'replace a bundle that is there')
    .option('--backbone-unverified', 'accept a set-up that names another encoder')
    .addHelpText('after', EXAMPLE)
    .action((bundle: string, flags: ExportFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { exportCompiled } = await import('adapterfusion');
        const { model, out, overwrite, backboneUnverified } = flags;
        const options = { ...commonOptions(flags, output, signal), ...given({ model, overwrite, backboneUnverified }) };
        const written = await exportCompiled(bundle, { ...options, out });
        const { before, after } = written.parameters;
        const encoder = model === undefined ? [] : ['--model', model];
        output.result({ type: 'exported', ...written }, [
          `saved ${out}: ${count(after)} parameters instead of ${count(before)}; folded: ${written.fusions.join(', ')}`,
          `next: ${commandLine(['predict', '--setup', out, '--input', 'rows.jsonl', ...encoder])}`,
        ]);
      }),
    );
}

import type { Command } from 'commander';
import { commonOptions, given } from './flags.js';
import { run, withCommon, type CommonFlags, type Outcome } from './run.js';
import { commandLine } from './shell.js';

interface ImportFlags extends CommonFlags {
  readonly model: string;
  readonly out: string;
  readonly overwrite?: boolean;
  readonly backboneUnverified?: boolean;
}

const EXAMPLE = `
Example:
  adapterfusion import downloads/my-adapter --model models/bert-base-uncased --out bundles/my-adapter`;

export function addImport(root: Command, outcome: Outcome): void {
  withCommon(root.command('import <dir>').description('make a bundle of what the Python library adapters saved'))
    .requiredOption('--model <dir>', 'folder, npm package or hub id (org/name@revision) of the encoder it belongs to')
    .requiredOption('--out <bundle>', 'where the bundle is written')
    .option('--overwrite', 'replace a bundle that is there')
    .option('--backbone-unverified', 'accept one that names another encoder')
    .addHelpText('after', EXAMPLE)
    .action((folder: string, flags: ImportFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { importAdapterHub } = await import('adapterfusion');
        const { model, out, overwrite, backboneUnverified } = flags;
        const found = await importAdapterHub(folder, {
          ...commonOptions(flags, output, signal),
          ...given({ overwrite, backboneUnverified }),
          model,
          out,
        });
        const parts = Object.entries(found).filter(([, names]) => names.length > 0);
        const next =
          found.heads.length > 0
            ? ['predict', '--model', model, '--setup', out, '--input', 'rows.jsonl']
            : ['fuse', '--model', model, '--adapters', out, '--data', 'rows.tsv', '--out', `${out}-fusion`];
        output.result({ type: 'imported', path: out, ...found }, [
          `saved ${out}: ${parts.map(([kind, names]) => `${kind} ${names.join(', ')}`).join('; ')}`,
          `next: ${commandLine(next)}`,
        ]);
      }),
    );
}

import { count, type Output } from '@adapterfusion/terminal';
import { Option, type Command } from 'commander';
import { commonOptions, given } from './flags.js';
import { run, withCommon, type CommonFlags, type Outcome } from './run.js';
import { commandLine } from './shell.js';

interface ExportFlags extends CommonFlags {
  readonly compiled?: boolean;
  readonly adapterhub?: boolean;
  readonly singleAdapter?: boolean;
  readonly peft?: boolean;
  readonly name?: string;
  readonly format?: 'bin' | 'safetensors' | 'both';
  readonly model?: string;
  readonly out: string;
  readonly overwrite?: boolean;
  readonly backboneUnverified?: boolean;
}

const EXAMPLE = `
Examples:
  adapterfusion export bundles/rte-fusion --model models/all-MiniLM-L6-v2 --compiled --out bundles/rte-fusion-compiled
  adapterfusion export bundles/rte-fusion --adapterhub --out for-python/rte-fusion
  adapterfusion export bundles/rte-scaling --model models/all-MiniLM-L6-v2 --single-adapter --out bundles/rte-one`;

/** The forms of which exactly one is named. */
const FORMS = ['compiled', 'singleAdapter', 'adapterhub', 'peft'] as const;

export function addExport(root: Command, outcome: Outcome): void {
  withCommon(root.command('export <bundle>').description('write a bundle in another form'))
    .option('--compiled', 'for prediction only: fusions folded into their adapters, the same function of less')
    .option(
      '--single-adapter',
      'one ordinary adapter instead of a fusion "scaling" or "average" and its adapters; computes the same',
    )
    .option('--adapterhub', 'for the Python library adapters, which computes the same')
    .option('--peft', 'one LoRA for the Python library PEFT, without its head')
    .option('--name <name>', "with --single-adapter: the adapter's name (default: the bundle's)")
    .addOption(
      new Option('--format <which>', 'with --adapterhub: the files of the weights; the library reads bin by default')
        .choices(['bin', 'safetensors', 'both'])
        .default('both'),
    )
    .requiredOption('--out <dir>', 'where it is written')
    .option(
      '--model <dir>',
      'with --compiled or --single-adapter: folder or npm package of the encoder (default: the one that the bundle names)',
    )
    .option('--overwrite', 'with --compiled or --single-adapter: replace a bundle that is there')
    .option('--backbone-unverified', 'with --compiled or --single-adapter: accept a set-up that names another encoder')
    .addHelpText('after', EXAMPLE)
    .action((bundle: string, flags: ExportFlags, command: Command) => {
      if (FORMS.filter((form) => flags[form]).length !== 1)
        command.error(
          "error: exactly one of the options '--compiled', '--single-adapter', '--adapterhub' and '--peft' is required",
        );
      return run(command, outcome, async (output, signal) => {
        if (flags.adapterhub) return forAdapterHub(bundle, flags, output);
        if (flags.peft) return forPeft(bundle, flags, output);
        const { exportCompiled, exportSingleAdapter } = await import('adapterfusion');
        const { model, out, overwrite, backboneUnverified, name } = flags;
        const options = { ...commonOptions(flags, output, signal), ...given({ model, overwrite, backboneUnverified }) };
        if (flags.singleAdapter) {
          const written = await exportSingleAdapter(bundle, { ...options, ...given({ name }), out });
          const { before, after } = written.parameters;
          output.result({ type: 'exported', ...written }, [
            `saved ${out}: ${written.adapter}, ${count(after)} parameters instead of ${count(before)}; made of: ${written.adapters.join(', ')}`,
            `next: ${commandLine(['export', out, '--adapterhub', '--out', `${out}-python`])}`,
          ]);
          return;
        }
        const written = await exportCompiled(bundle, { ...options, out });
        const { before, after } = written.parameters;
        const encoder = model === undefined ? [] : ['--model', model];
        output.result({ type: 'exported', ...written }, [
          `saved ${out}: ${count(after)} parameters instead of ${count(before)}; folded: ${written.fusions.join(', ')}`,
          `next: ${commandLine(['predict', '--setup', out, '--input', 'rows.jsonl', ...encoder])}`,
        ]);
      });
    });
}

async function forAdapterHub(bundle: string, { out, format }: ExportFlags, output: Output): Promise<void> {
  const { exportAdapterHub } = await import('adapterfusion');
  const { files, ...names } = await exportAdapterHub(bundle, { out, ...given({ format }) });
  const parts = Object.entries(names).filter(([, all]) => all.length > 0);
  output.result({ type: 'exported', path: out, ...names, files }, [
    `saved ${out}: ${parts.map(([kind, all]) => `${kind} ${all.join(', ')}`).join('; ')}`,
    `in Python: model.load_adapter_setup("${out}", set_active=True)`,
  ]);
}

async function forPeft(bundle: string, { out }: ExportFlags, output: Output): Promise<void> {
  const { exportPeft } = await import('adapterfusion');
  const written = await exportPeft(bundle, { out });
  output.result({ type: 'exported', path: out, ...written }, [
    `saved ${out}: ${written.files.join(', ')}`,
    `in Python: PeftModel.from_pretrained(AutoModel.from_pretrained(ENCODER), "${out}")`,
  ]);
}

import { count, percent } from '@adapterfusion/terminal';
import type { TokenCounts } from 'adapterfusion';
import type { Command } from 'commander';
import { commonOptions, given, names, number } from './flags.js';
import { run, withCommon, type CommonFlags, type Outcome } from './run.js';

interface PredictFlags extends CommonFlags {
  readonly model?: string;
  readonly setup: string;
  readonly input: string;
  readonly output?: string;
  readonly maxLength?: number;
  readonly batchSize?: number;
  readonly logits?: boolean;
  readonly attention?: boolean;
  readonly backboneUnverified?: boolean;
  readonly head?: string;
  readonly mask?: readonly string[];
  readonly skip?: readonly number[];
}

const EXAMPLE = `
A line of the input: {"text": "It rains.", "pair": "The street is dry."}
A line of the output: {"label": "contradiction", "scores": {"contradiction": 0.94, …}}
Multiple choice: {"text": "The street is", "choices": ["wet.", "loud."]}, and {"label": "wet.", "choice": 0, …}
Regression: {"label": "3.2", "value": 3.2, …}

Example:
  adapterfusion predict --model models/all-MiniLM-L6-v2 --setup bundles/rte --input rows.jsonl --output out.jsonl`;

export function addPredict(root: Command, outcome: Outcome): void {
  withCommon(root.command('predict').description('predict labels for the texts of a file'))
    .requiredOption(
      '--setup <dir>',
      'a bundle (folder, installed package, archive), or a folder of the Python library adapters',
    )
    .requiredOption('--input <file.jsonl>', 'the texts')
    .option('--model <dir>', 'folder or npm package of the encoder (default: the one that the bundle names)')
    .option('--output <file.jsonl>', 'where the predictions are written (default: stdout)')
    .option('--max-length <n>', "longest input in tokens (default: that of the bundle's training)", number)
    .option('--batch-size <n>', 'rows at once', number)
    .option('--logits', 'also write logits')
    .option('--attention', "also write the fusions' attention")
    .option('--task, --head <name>', 'for which task, where there are several')
    .option('--mask <names>', 'adapters that fusions leave out, separated by commas', names)
    .option('--skip <layers>', 'layers in which no adapter acts, counted from 0', (value) => names(value).map(number))
    .option('--backbone-unverified', 'accept a set-up that names another encoder')
    .addHelpText('after', EXAMPLE)
    .action((flags: PredictFlags, command: Command) =>
      run(command, outcome, async (output, signal) => {
        const { load, readInputs, writeJsonLines } = await import('adapterfusion');
        const { setup, input, maxLength, batchSize, logits, attention, mask, skip } = flags;
        const { model, head, backboneUnverified } = flags;
        const inputs = await readInputs(input);
        const options = { ...commonOptions(flags, output, signal), ...given({ model, head, backboneUnverified }) };
        const loaded = await load(setup, options);
        const wanted = given({ maxLength, batchSize, logits, attention, mask, skip });
        let unknown = 0;
        const onTokens = (counts: TokenCounts): void => void (unknown = counts.unknown / Math.max(counts.tokens, 1));
        const predictions = await loaded.predict(inputs, { ...wanted, signal, onTokens });
        loaded.dispose();
        if (flags.output === undefined) for (const each of predictions) output.result(each, [JSON.stringify(each)]);
        else {
          await writeJsonLines(flags.output, predictions);
          const event = { type: 'predicted', path: flags.output, rows: predictions.length, unknownTokens: unknown };
          const share = unknown > 0 ? `; unknown tokens: ${percent(unknown)} %` : '';
          output.result(event, [`${count(predictions.length)} predictions: ${flags.output}${share}`]);
        }
      }),
    );
}

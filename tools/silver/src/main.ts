import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readCorpus } from '@adapterfusion/corpus';
import { nodeFiles } from '@adapterfusion/files-node';
import { createRegistry, openBackend, type BackendName } from 'adapterfusion';
import { compare, type Comparison } from './compare.js';
import { encodeSet, rowsFile } from './encode.js';
import { makeSets } from './make.js';
import { report } from './report.js';
import { KINDS, type SilverKind } from './silver-rows.js';

const HELP = `Usage: node tools/silver/dist/bin.js <command> [options]

Makes silver data sets, and compares training on them with the Python library adapters (docs/results/task-kinds.md).

Commands:
  make      write the data sets            --corpus FILE --out DIR
  rows      encode a set for the reference --kind KIND --data DIR --model DIR --out FILE
  compare   train and compare              --kind KIND --data DIR --model DIR --reference DIR --seed N --results FILE
  report    print the results as Markdown  --results FILE

Options:
  --corpus <file>     text of one paragraph a line, packed with Zstandard or not
  --kind <name>       ${KINDS.join(', ')}
  --data <dir>        the folder of the kind's data set
  --model <dir>       the folder of the encoder
  --reference <dir>   the folder that python/reference.py wrote for the kind and seed
  --results <file>    the JSON Lines file that compare appends to
  --backend <name>    the backend that trains (default: auto)
`;

const text = { type: 'string' } as const;

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...{ corpus: text, out: text, kind: text, data: text, model: text, reference: text, seed: text },
      ...{ results: text, backend: text, help: { type: 'boolean' } },
    },
  });
  const [command] = positionals;
  if (values.help || command === undefined) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const given = (name: Exclude<keyof typeof values, 'help'>): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`expected --${name}; got none`);
    return value;
  };
  const kindGiven = (): SilverKind => {
    const kind = KINDS.find((each) => each === given('kind'));
    if (kind === undefined) throw new Error(`expected --kind ${KINDS.join(', ')}; got ${given('kind')}`);
    return kind;
  };
  const files = nodeFiles();
  if (command === 'make') {
    const { paragraphs } = await readCorpus(files, given('corpus'));
    await makeSets(files, paragraphs, given('out'));
  } else if (command === 'rows') {
    const kind = kindGiven();
    const set = await encodeSet(files, createRegistry(), kind, given('data'), given('model'));
    await files.write(given('out'), new TextEncoder().encode(JSON.stringify(rowsFile(kind, set))));
  } else if (command === 'compare') {
    await openBackend((values.backend ?? 'auto') as BackendName | 'auto');
    const registry = createRegistry();
    const [kind, model, reference, results] = [kindGiven(), given('model'), given('reference'), given('results')];
    const set = await encodeSet(files, registry, kind, given('data'), model);
    const line = JSON.stringify(
      await compare(files, registry, kind, set, { model, reference, seed: Number(given('seed')) }),
    );
    console.log(line);
    appendFileSync(results, `${line}\n`);
  } else if (command === 'report') {
    const lines = readFileSync(given('results'), 'utf8').trimEnd().split('\n');
    console.log(report(lines.map((line) => JSON.parse(line) as Comparison)));
  } else throw new Error(`expected make, rows, compare or report; got ${command}`);
  return 0;
}

import type { Example, Files, Split, TaskDeclaration } from '@adapterfusion/contracts';
import { proposeFiles, type FilesProposal } from '@adapterfusion/dataset-files';
import { fileSource, loadTokenizer } from '@adapterfusion/runtime';
import { encode } from './encode.js';
import { registryOf } from './in-house.js';
import type { CommonOptions, DataOptions } from './options.js';
import { pause } from './pause.js';
import { folderOf } from './places.js';
import { filesOf } from './platform.js';
import { isPath, openData, type OpenData } from './rows.js';
import { SplitCounter, type SplitStatistics } from './split-statistics.js';

/** Options of {@link inspectData}. */
export interface InspectDataOptions
  extends DataOptions, Pick<CommonOptions, 'files' | 'registry' | 'signal' | 'onProgress'> {
  /**
   * Folder or npm package of the encoder whose tokens are counted. Default: the one that comes with this package, or words
   * where it is not installed.
   */
  readonly model?: string;
}

/** What data hold. */
export interface DataInspection {
  readonly name: string;
  readonly task: TaskDeclaration;
  readonly metrics: readonly string[];
  readonly licence: string;
  /** Files of one's own: their columns and how they are read. */
  readonly proposal?: FilesProposal;
  /** What lengths are counted in, special tokens included. */
  readonly unit: 'tokens' | 'words';
  readonly splits: readonly SplitStatistics[];
  /** Rows of the later split whose texts are in the earlier one too. */
  readonly leakage: readonly {
    readonly from: Split;
    readonly into: Split;
    readonly rows: number;
    readonly at?: string;
  }[];
}

/** The encoder that npm brings along. */
const POCKET = '@adapterfusion/pocket';

/**
 * Looks at data before anything is trained on them: columns and what is proposed for them, rows and labels of each split,
 * lengths, repetitions, and rows that two splits share. Every row is read once; of each a length and a hash are kept.
 * @throws what reading the data throws, with the row; ABORTED
 */
export async function inspectData(options: InspectDataOptions): Promise<DataInspection> {
  const files = filesOf(options.files);
  const registry = await registryOf(options, files);
  const { data, dataDir } = options;
  const own = typeof data === 'string' && (await isPath(data, files, registry));
  const proposal = own ? await proposeFiles(fileSource(files, dataDir ?? data), options.dataOptions) : undefined;
  const opened = await openData(proposal ? { ...options, dataOptions: proposal.options } : options, files, registry);
  const { unit, lengthOf } = await ruler(options.model, files);
  const { dataset, source, name } = opened;
  const { task, metrics, licence } = dataset;
  const counters = new Map<Split, SplitCounter>();
  const leakage = new Map<string, { from: Split; into: Split; rows: number; at?: string }>();
  for (const into of await dataset.splits(source)) {
    const counter = new SplitCounter();
    for await (const example of rowsOf(opened, into, options)) {
      const hash = counter.add(example, lengthOf(example));
      for (const [from, { seen }] of counters) {
        if (!seen.has(hash)) continue;
        const key = `${from} ${into}`;
        const at = example.at === undefined ? {} : { at: example.at };
        const leak = leakage.get(key) ?? { from, into, rows: 0, ...at };
        leakage.set(key, { ...leak, rows: leak.rows + 1 });
      }
    }
    counters.set(into, counter);
  }
  const splits = [...counters].map(([split, counter]) => counter.statistics(split, task));
  const read = proposal ? { proposal } : {};
  return { name, task, metrics, licence, ...read, unit, splits, leakage: [...leakage.values()] };
}

async function* rowsOf(
  { dataset, source, name }: OpenData,
  split: Split,
  { signal, onProgress }: InspectDataOptions,
): AsyncGenerator<Example> {
  let rows = 0;
  for await (const example of dataset.examples(split, source)) {
    if (rows++ % 512 === 0) {
      await pause(signal, name);
      onProgress?.({ stage: `inspect ${split}`, done: rows, total: rows });
    }
    yield example;
  }
}

/** How lengths are measured. */
async function ruler(
  model: string | undefined,
  files: Files,
): Promise<{ unit: DataInspection['unit']; lengthOf: (example: Example) => number }> {
  const folder = await folderOf(model ?? POCKET, files);
  if (model === undefined && (await files.kind(folder)) === undefined)
    return { unit: 'words', lengthOf: ({ text, pair, choices }) => wordsIn([text, longest(choices ?? [pair ?? ''])]) };
  const tokenizer = await loadTokenizer(files, folder);
  const maxLength = Number.MAX_SAFE_INTEGER;
  return {
    unit: 'tokens',
    lengthOf: (example) => {
      const { ids, more = [] } = encode(tokenizer, example, maxLength).row;
      return Math.max(ids.length, ...more.map((each) => each.ids.length));
    },
  };
}

const wordsIn = (texts: readonly string[]): number => texts.join(' ').split(/\s+/).filter(Boolean).length;
const longest = (texts: readonly string[]): string => texts.reduce((a, b) => (wordsIn([b]) > wordsIn([a]) ? b : a));

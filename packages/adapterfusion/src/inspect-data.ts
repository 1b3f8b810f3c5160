import type { AnyTaskKind, Example, Files, Split, TaskDeclaration } from '@adapterfusion/contracts';
import { proposeFiles, type FilesProposal } from '@adapterfusion/dataset-files';
import { fileSource, loadTokenizer } from '@adapterfusion/runtime';
import { lengthOf as lengthOfRow } from '@adapterfusion/text';
import { labelNameWarnings, splitWarnings } from './data-warnings.js';
import { registryOf } from './builtin-plugins.js';
import type { CommonOptions, DataOptions } from './options.js';
import { withKind } from './own-kind.js';
import { pause } from './pause.js';
import { folderOf } from './places.js';
import { filesOf } from './platform.js';
import { encodeExample } from './kind-rows.js';
import { isPath, openData, parsed, type OpenData } from './rows.js';
import { SplitCounter, type SplitStatistics } from './split-statistics.js';
import { TokenCounter, tokenWarnings, unknownShare } from './unknown-tokens.js';

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
  /** Rows, labels and tokens that would make a result worthless. */
  readonly warnings: readonly string[];
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
  const place = own ? fileSource(files, dataDir ?? data) : undefined;
  const proposal = place && (await proposeFiles(place, await withKind(place, options.dataOptions, registry)));
  const opened = await openData(proposal ? { ...options, dataOptions: proposal.options } : options, files, registry);
  const { unit, rulerOf } = await measure(options.model, files, opened.kind);
  const { dataset, source, name } = opened;
  const { licence } = dataset;
  const { labels, metrics } = opened;
  const task = { ...dataset.task, ...(labels.length > 0 ? { labels } : {}) };
  const counters = new Map<Split, SplitCounter>();
  const leakage = new Map<string, { from: Split; into: Split; rows: number; at?: string }>();
  const tokens = new Map<Split, TokenCounter | undefined>();
  for (const into of await dataset.splits(source)) {
    const counter = new SplitCounter(opened.kind);
    const { lengthOf, counted } = rulerOf();
    tokens.set(into, counted);
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
  const splits = [...counters].map(([split, counter]): SplitStatistics => {
    const counts = tokens.get(split)?.counts;
    return { ...counter.statistics(split), ...(counts ? { unknownTokens: unknownShare(counts) } : {}) };
  });
  const warnings = [
    ...labelNameWarnings(name, opened.labels),
    ...splits.flatMap(({ split, rows, labels }) => {
      const what = `${name}, "${split}"`;
      const counts = tokens.get(split)?.counts;
      const trained = split === 'train' && opened.singleLabel;
      return [...splitWarnings({ what, rows, labels }, trained), ...(counts ? tokenWarnings(what, counts) : [])];
    }),
  ];
  const read = proposal ? { proposal } : {};
  return { name, task, metrics, licence, ...read, unit, splits, warnings, leakage: [...leakage.values()] };
}

async function* rowsOf(
  data: OpenData,
  split: Split,
  { signal, onProgress }: InspectDataOptions,
): AsyncGenerator<Example> {
  let rows = 0;
  for await (const row of data.dataset.examples(split, data.source) as AsyncIterable<Example>) {
    if (rows++ % 512 === 0) {
      await pause(signal, data.name);
      onProgress?.({ stage: `inspect ${split}`, done: rows, total: rows });
    }
    yield parsed(data, row);
  }
}

/** Measures the rows of a split; counts their tokens where they are measured in tokens. */
interface Ruler {
  readonly lengthOf: (example: Example) => number;
  readonly counted: TokenCounter | undefined;
}

/** How lengths are measured. */
async function measure(
  model: string | undefined,
  files: Files,
  kind: AnyTaskKind,
): Promise<{ readonly unit: DataInspection['unit']; readonly rulerOf: () => Ruler }> {
  const folder = await folderOf(model ?? POCKET, files);
  if (model === undefined && (await files.kind(folder)) === undefined) {
    const lengthOf: Ruler['lengthOf'] = (example) => wordsIn(kind.texts(example));
    return { unit: 'words', rulerOf: () => ({ lengthOf, counted: undefined }) };
  }
  const tokenizer = await loadTokenizer(files, folder);
  const maxLength = Number.MAX_SAFE_INTEGER;
  return {
    unit: 'tokens',
    rulerOf: () => {
      const counted = new TokenCounter(tokenizer);
      const lengthOf = (example: Example): number => {
        const rows = encodeExample(kind, example, tokenizer, { maxLength, name: 'a row' });
        for (const row of rows) counted.add(row);
        return Math.max(...rows.map(lengthOfRow));
      };
      return { lengthOf, counted };
    },
  };
}

const wordsIn = (texts: readonly string[]): number => texts.join(' ').split(/\s+/).filter(Boolean).length;

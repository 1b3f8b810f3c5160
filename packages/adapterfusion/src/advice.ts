import type { AttentionSummary, MeasuredSplit, TableRow } from './events.js';

/** What advice is derived from. */
export interface AdviceInput {
  readonly table: readonly TableRow[];
  /** The metric that results are compared by. */
  readonly metric: string;
  /** What the table is measured on. */
  readonly split: MeasuredSplit;
  readonly attention?: AttentionSummary;
  /** Names of the given adapters that were trained on these training rows. */
  readonly own: readonly string[];
  /** Share of the training rows' tokens that the encoder does not know; absent where its vocabulary knows every text. */
  readonly unknown?: number;
  /** The command that makes a row of the table; undefined where the product makes no bundle of it. */
  readonly command: (row: TableRow) => string | undefined;
}

/** A weight above which an adapter leaves next to nothing to the others. */
const COLLAPSED = 0.95;

/** A share of unknown tokens above which an encoder hardly reads the texts. */
const MANY_UNKNOWN = 0.2;

/** Sentences about what the table shows; undefined where there is nothing to say. */
export function advise(input: AdviceInput): string | undefined {
  const { table } = input;
  const saved = table.find((row) => row.saved);
  const words = [
    ...(saved ? [oneClass(saved), better(input, saved), collapse(input, saved)] : []),
    unknownTokens(input),
  ];
  const said = words.filter((each) => each !== undefined);
  return said.length > 0 ? said.join('\n') : undefined;
}

const oneClass = ({ name, oneClass: label, method }: TableRow): string | undefined =>
  label === undefined
    ? undefined
    : `What was saved (${name}) gives every measured row the label "${label}".` +
      (['average', 'own-adapter', 'head'].includes(method)
        ? ''
        : ' A head in closed form on the average does not depend on steps: --fusion average.');

/**
 * A row that is better than the saved one by the training rows, or where that is unknown by rows held out for such choices:
 * test rows choose nothing.
 */
function better({ table, metric, split, command }: AdviceInput, saved: TableRow): string | undefined {
  const best = table.find((row) => row.best);
  if (!best || best === saved) return undefined;
  const byTraining = saved.logLoss !== undefined;
  if (!byTraining && (split === 'test' || best.metrics[metric]! <= saved.metrics[metric]!)) return undefined;
  const percent = (row: TableRow): string => `${(100 * row.metrics[metric]!).toFixed(1)} %`;
  const reason = byTraining
    ? `cross-validated log-loss ${best.logLoss!.toFixed(3)}, against ${saved.logLoss.toFixed(3)}`
    : `${metric} ${percent(best)} on the ${split} rows, against ${percent(saved)}`;
  const made = command(best);
  const how = made === undefined ? 'This library makes no bundle of it.' : `To make it:\n  ${made}`;
  return `"${best.name}" is better than what was saved (${reason}). ${how}`;
}

function collapse({ attention, own }: AdviceInput, saved: TableRow): string | undefined {
  if (!attention) return undefined;
  const { sites, adapters, free } = attention;
  // Only shares of 1 can collapse to one adapter: a free weight may be above the limit at several at once.
  if (free || adapters.length < 2) return undefined;
  const collapsed = sites.filter(({ weights }) => Math.max(...weights) > COLLAPSED);
  if (collapsed.length * 2 <= sites.length) return undefined;
  const sums = adapters.map((_, at) => collapsed.reduce((sum, { weights }) => sum + weights[at]!, 0));
  const leader = adapters[sums.indexOf(Math.max(...sums))]!;
  const seen = own.includes(leader) ? ', which was trained on the same rows' : '';
  const other = saved.method === 'average' ? '' : ' --fusion average and --fusion scaling cannot collapse.';
  return `The attention has collapsed to one adapter in ${collapsed.length} of ${sites.length} places, most of all to "${leader}"${seen}.${other}`;
}

const unknownTokens = ({ unknown = 0 }: AdviceInput): string | undefined =>
  unknown > MANY_UNKNOWN
    ? `${(100 * unknown).toFixed(0)} % of the tokens of the training rows are unknown to the encoder: use one whose vocabulary covers this language.`
    : undefined;

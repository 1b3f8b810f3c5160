import type { AttentionSummary, ParameterCounts, TableEvent, Way } from 'adapterfusion';
import type { QuickstartOptions } from './quickstart.js';

/** A way to do the target's task, measured. */
export interface Row {
  readonly way: Exclude<Way, 'single'> | 'own' | 'other';
  readonly name: string;
  readonly accuracy: number;
  readonly trained: number;
}

/** What the fusion says of a sentence. */
export interface Answer {
  readonly text: string;
  readonly label: string;
  readonly score: number;
}

/** Everything that a run has found. */
export interface Result extends QuickstartOptions {
  /** Test rows of the target. */
  readonly rows: number;
  readonly table: readonly Row[];
  readonly attention: AttentionSummary;
  readonly parameters: ParameterCounts;
  /** Where the fusion is. */
  readonly bundle: string;
  readonly curves: readonly { readonly name: string; readonly losses: readonly number[] }[];
  readonly answers: readonly Answer[];
  /** What computed it. */
  readonly computed: string;
  readonly seconds: number;
}

/** A way's row. */
export function rowOf({ table }: Pick<Result, 'table'>, way: Row['way']): Row {
  return table.find((row) => row.way === way)!;
}

/** The ways of a fusion's table; of the given adapters the best but the target's own, as the table's training rows say. */
export function waysOf({ table, singles }: TableEvent, target: string): Row[] {
  const row = (way: Exclude<Way, 'single'>, name: string): Row => {
    const { metrics, trained } = table.find((each) => each.way === way)!;
    return { way, name, accuracy: metrics['accuracy']!, trained };
  };
  const others = singles.filter(({ adapter }) => adapter !== target);
  const best = others.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
  const name = `best other domain's adapter (${best.adapter})`;
  return [
    row('majority', 'most frequent label'),
    row('embedding', 'embedding + logistic regression'),
    row('head', 'head only'),
    { way: 'other', name, accuracy: best.metrics['accuracy']!, trained: best.trained },
    row('average', 'average of the adapters'),
    row('fusion', 'fusion'),
  ];
}

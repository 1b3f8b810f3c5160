import type { AttentionSummary, ParameterCounts, TableEvent, TableRow } from 'adapterfusion';
import type { QuickstartOptions } from './quickstart.js';

/** A method of the target's task, measured. `own`: its own adapter; `other`: the best other adapter; `fusion`: what is saved. */
export interface Row {
  readonly method: 'majority' | 'tfidf' | 'probe' | 'head' | 'own' | 'other' | 'average' | 'fusion';
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

/** A method's row. */
export function rowOf({ table }: Pick<Result, 'table'>, method: Row['method']): Row {
  return table.find((row) => row.method === method)!;
}

/** The methods of a fusion's table; of the given adapters the best but the target's own, as the table's training rows say. */
export function methodsOf({ table, singles }: TableEvent, target: string): Row[] {
  const made = (method: Row['method'], name: string, { metrics, trained }: TableRow): Row => ({
    ...{ method, name, trained },
    accuracy: metrics['accuracy']!,
  });
  const row = (method: Row['method'] & TableRow['method'], name: string): Row[] =>
    table.filter((each) => each.method === method && !each.saved).map((each) => made(method, name, each));
  const others = singles.filter(({ adapter }) => adapter !== target);
  const best = others.reduce((a, b) => (b.chosenBy > a.chosenBy ? b : a));
  const saved = table.find((each) => each.saved)!;
  return [
    ...row('majority', 'most frequent label'),
    ...row('tfidf', 'TF-IDF + logistic regression'),
    ...row('probe', 'embedding + logistic regression'),
    ...row('head', 'head only'),
    made('other', `best other domain's adapter (${best.adapter})`, best),
    ...row('average', 'average of the adapters'),
    made('fusion', saved.method === 'average' ? 'fusion: average' : saved.name, saved),
  ];
}

import type { BundleKind } from '@adapterfusion/checkpoint';
import type { RowOutput, Split, TrainEvent } from '@adapterfusion/contracts';

/**
 * A method of the table, for programs; `name` is for people. `fusion` is a trained fusion that is neither `scaling` nor
 * `attention`.
 */
export type Method =
  | 'majority'
  | 'tfidf'
  | 'probe'
  | 'head'
  | 'own-adapter'
  | 'source-heads'
  | 'pooled-heads'
  | 'single'
  | 'average'
  | 'scaling'
  | 'attention'
  | 'fusion'
  | 'pooled-probe'
  | 'pooled-adapter';

/** A row of the table that compares methods. */
export interface TableRow {
  /** `own`: nothing but the task's own rows; `adapters`: the given adapters too; `others`: rows of others, for reference. */
  readonly group: 'own' | 'adapters' | 'others';
  readonly method: Method;
  readonly name: string;
  /** On the measured rows. */
  readonly metrics: { readonly [name: string]: number };
  /** Parameters learned for it. */
  readonly trained: number;
  /** Cross-validated on the training rows, nats; absent where nothing is cross-validated. */
  readonly logLoss?: number;
  /** Its answer to each measured example as the task kind's metrics read it: the index of a class or a choice, a number, …; only where `answers` asked for them. */
  readonly predictions?: readonly unknown[];
  /** The label that it gives to all measured rows. */
  readonly oneClass?: string;
  /** True for the row with the lowest log-loss. */
  readonly best?: true;
  /** True for what the bundle holds. */
  readonly saved?: true;
}

/** A given adapter alone, frozen, with a head of its own. */
export interface SingleRow extends TableRow {
  readonly adapter: string;
  /** By which the best is chosen, on the training rows: minus its log-loss, or the first metric where a target is not one label. */
  readonly chosenBy: number;
}

/** The weights of a fusion's adapters at a site, in the order of {@link AttentionSummary.adapters}. */
export interface SiteWeights {
  readonly site: string;
  /** Means over tokens and rows, and over the channels where every channel has a weight. */
  readonly weights: readonly number[];
  /** Standard deviations over the channels; absent where a weight is one number. */
  readonly spread?: readonly number[];
}

/** How much a fusion relies on each adapter. */
export interface AttentionSummary {
  readonly adapters: readonly string[];
  /** In the order of the layers. */
  readonly sites: readonly SiteWeights[];
  /** True where weights are any numbers of either sign; absent where those of a site add up to 1. */
  readonly free?: boolean;
}

/** Rows that results are measured on: those of a split, or the part of the training rows that was held out. */
export type MeasuredSplit = Split | 'held-out';

/** What a model answered on the rows that its result was measured on. */
export interface Measured {
  /** The name of the data. */
  readonly data: string;
  readonly split: MeasuredSplit;
  readonly labels: readonly string[];
  /** One an example, in the order of the data, as the task kind's metrics read them: an index into the labels or the choices, a number, … */
  readonly truth: readonly unknown[];
  readonly predictions: readonly unknown[];
  /** The head's outputs for each row; absent where answers are not made row by row. */
  readonly outputs?: readonly RowOutput[];
  /** What answering took, in batches of 32; absent where answers are not made row by row. */
  readonly seconds?: number;
  /** Of a fusion: its mean weights on these rows. */
  readonly attention?: AttentionSummary;
}

/** The comparison that ends a run: all on the same rows. */
export interface TableEvent {
  readonly type: 'table';
  readonly data: string;
  /** Rows that everything was measured on. */
  readonly rows: number;
  readonly split: MeasuredSplit;
  /** The metric that results are compared by, fixed by the training rows. */
  readonly metric: string;
  readonly table: readonly TableRow[];
  /** Every given adapter alone, in the order of the fusion; the best of them is in the table. None after `train`. */
  readonly singles: readonly SingleRow[];
  /** Of a fusion. */
  readonly attention?: AttentionSummary;
  /** What the table shows about the saved composition, and the command that makes a better method. */
  readonly advice?: string;
}

/** How many parameters the parts of a model have. */
export interface ParameterCounts {
  readonly encoder: number;
  readonly adapters: number;
  readonly fusions: number;
  readonly heads: number;
}

/** A bundle was written. */
export interface SavedEvent {
  readonly type: 'saved';
  readonly path: string;
  /** What the bundle holds in the main; `model`: its encoder too. */
  readonly kind: BundleKind;
  /** The tasks it was trained for: their names, those of their data, and the rows that they were measured on. */
  readonly tasks: readonly { readonly name: string; readonly data: string; readonly split: MeasuredSplit }[];
  /** Of several tasks `mean`, that of every task's first metric, then `task/metric`. */
  readonly metrics: { readonly [name: string]: number };
  /** Parameters in the bundle. */
  readonly stored: number;
  /** Parameters of the model's parts, whether they are in the bundle or not. */
  readonly parameters: ParameterCounts;
}

/** What data a run uses. */
export interface DataEvent {
  readonly type: 'data';
  readonly name: string;
  /** The id of the task kind. */
  readonly task: string;
  /** Names of the labels; none for a kind without labels. */
  readonly labels: readonly string[];
  /** Rows to train on. */
  readonly train: number;
  /** Training rows that there are. */
  readonly available: number;
  readonly validation: number;
  /** Rows that the result will be measured on. */
  readonly measured: { readonly split: MeasuredSplit; readonly rows: number };
  /** How the head pools the tokens of a text: `mean`, `cls` or `pooler`; absent for a head without this option. */
  readonly pooling?: string;
  /** Share of the training rows' tokens that the encoder does not know; absent where they come from a cache. */
  readonly unknownTokens?: number;
  /** The score of the trivial answer on the measured rows; absent where the metric has no value for it. */
  readonly baseline?: { readonly name: string; readonly metric: string; readonly value: number };
}

/** Everything that `train` and `fuse` yield. */
export type RunEvent = TrainEvent | DataEvent | TableEvent | SavedEvent;

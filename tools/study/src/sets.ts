import type { Split } from '@adapterfusion/contracts';

/** A data set of the study. */
export interface StudySet {
  /** The task's id in the registry. */
  readonly task: string;
  /** Options of the task. */
  readonly options?: object;
  /** Its folder, or file, below the folder of all data; absent where an npm package holds the rows. */
  readonly folder?: string;
  /** The split that is trained on: `train`, or `validation` where the copy has no training rows. */
  readonly train: Split;
  /** The published split that confirmation targets are measured on, and that no source may share a row with. */
  readonly test: Split;
}

/** The copy of MultiNLI that is used: its development rows, with columns of its own. */
const MNLI = {
  text: 'premise',
  pair: 'hypothesis',
  label: 'gold_label',
  labels: ['entailment', 'neutral', 'contradiction'],
  validation: 0,
};

/** All sets, by the names that docs/results/protocol.md uses. */
export const SETS = {
  restaurants: { task: 'reviews-restaurants', train: 'train', test: 'test' },
  films: { task: 'reviews-films', train: 'train', test: 'test' },
  products: { task: 'reviews-products', train: 'train', test: 'test' },
  'sst-2': { task: 'sst2', folder: 'SST-2', train: 'train', test: 'validation' },
  mr: { task: 'mr', folder: 'MR', train: 'train', test: 'test' },
  imdb: { task: 'imdb', folder: 'IMDB', train: 'train', test: 'test' },
  subj: { task: 'subj', folder: 'SUBJ', train: 'train', test: 'test' },
  trec: { task: 'trec', folder: 'TREC', train: 'train', test: 'test' },
  mrpc: { task: 'mrpc', folder: 'MRPC', train: 'train', test: 'validation' },
  cola: { task: 'cola', folder: 'CoLA', train: 'train', test: 'validation' },
  rte: { task: 'rte', folder: 'RTE', train: 'train', test: 'validation' },
  sick: { task: 'sick', folder: 'SICK', train: 'train', test: 'test' },
  snli: { task: 'snli', folder: 'SNLI', train: 'validation', test: 'test' },
  mnli: {
    task: 'files',
    options: MNLI,
    folder: 'MNLI/dev_matched_hans.tsv',
    train: 'train',
    test: 'train',
  },
  scitail: { task: 'scitail', folder: 'SciTail', train: 'validation', test: 'test' },
} as const satisfies Record<string, StudySet>;

export type SetName = keyof typeof SETS;

/** What is learned from few rows, and whose adapters help. */
export interface Target {
  readonly role: 'development' | 'confirmation';
  readonly related: boolean;
  readonly sources: readonly SetName[];
}

/** The table of docs/results/protocol.md. */
export const TARGETS: Readonly<Partial<Record<SetName, Target>>> = {
  restaurants: { role: 'development', related: true, sources: ['films', 'products', 'sst-2', 'mr'] },
  'sst-2': { role: 'development', related: true, sources: ['films', 'products', 'mr', 'imdb'] },
  trec: { role: 'development', related: false, sources: ['sst-2', 'subj', 'mrpc', 'cola'] },
  mrpc: { role: 'development', related: false, sources: ['sst-2', 'trec', 'subj', 'cola'] },
  mr: { role: 'confirmation', related: true, sources: ['sst-2', 'imdb', 'films', 'products'] },
  imdb: { role: 'confirmation', related: true, sources: ['sst-2', 'mr', 'films', 'products'] },
  films: { role: 'confirmation', related: true, sources: ['products', 'restaurants', 'sst-2', 'mr'] },
  products: { role: 'confirmation', related: true, sources: ['films', 'restaurants', 'sst-2', 'mr'] },
  sick: { role: 'confirmation', related: true, sources: ['rte', 'snli', 'mnli', 'scitail'] },
  rte: { role: 'confirmation', related: true, sources: ['sick', 'snli', 'mnli', 'scitail'] },
  subj: { role: 'confirmation', related: false, sources: ['sst-2', 'trec', 'mrpc', 'cola'] },
  cola: { role: 'confirmation', related: false, sources: ['sst-2', 'trec', 'subj', 'mrpc'] },
};

/** Names of the targets of a role, in the order of the protocol. */
export const targetsOf = (role: Target['role']): SetName[] =>
  (Object.keys(TARGETS) as SetName[]).filter((name) => TARGETS[name]!.role === role);

/** Rows of a source at most. */
export const SOURCE_ROWS = 2500;

/** Rows that a target is measured on at most. */
export const MEASURED_ROWS: Readonly<Record<Target['role'], number>> = { development: 400, confirmation: 500 };

/** Training rows of a draw. Development targets also show how an adapter of a source is best trained. */
export const BUDGETS: Readonly<Record<Target['role'], readonly number[]>> = {
  development: [16, 64, 256, SOURCE_ROWS],
  confirmation: [16, 64, 256],
};
export const DRAWS = 10;

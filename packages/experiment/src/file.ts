import type { LoopSettings, Split } from '@adapterfusion/contracts';
import type { CommonOptions, HeadStart } from 'adapterfusion';

/** Settings of the loop that a file may give; seeds are given apart. */
export type FileSettings = Partial<Omit<LoopSettings, 'seed'>>;

/** How many training rows of a target are used. */
export type Budget = number | 'all';

/** A task of the experiment. */
export interface TaskEntry {
  /** The task's id, or the path of rows of one's own. Default: the name. */
  readonly data?: string;
  readonly dataDir?: string;
  readonly dataOptions?: object;
  /** At most so many training rows. */
  readonly trainRows?: number;
  /** Which rows results are measured on. Default `validation`. */
  readonly measureOn?: Split;
  readonly settings?: FileSettings;
  readonly seeds?: readonly number[];
}

/** What a strategy does otherwise on one task. */
export type StrategyTask = Pick<TaskEntry, 'trainRows' | 'settings' | 'seeds'>;

/** A strategy of the experiment. */
export interface StrategyEntry extends StrategyTask {
  /** How the table calls it. */
  readonly name: string;
  /** A trainer, `id` or `id[option=value,…]`, or a baseline. Default: the name. */
  readonly trainer?: string;
  /** The strategy that trains the adapters which it mixes. Default `st-a`. */
  readonly over?: string;
  readonly adapter?: string;
  readonly fusion?: string;
  readonly head?: object;
  readonly headStart?: HeadStart;
  /** The tasks that a strategy of several tasks learns, in order. Default: the sources, and the target. */
  readonly order?: readonly string[];
  /** By task. */
  readonly tasks?: { readonly [task: string]: StrategyTask };
  readonly search?: Search | false;
}

/** Which learning rates are tried on held-out training rows. */
export interface Search {
  readonly learningRates: readonly number[];
}

/** An adapter that is there already. */
export interface GivenAdapter {
  readonly name: string;
  /** Its bundle. */
  readonly bundle: string;
}

/** What results are comparable with. */
export type Protocol = 'paper' | 'held-out';

/** An experiment as it is written down. Paths that begin with `./` or `../` are relative to the file. */
export interface ExperimentFile {
  readonly $schema?: string;
  readonly name?: string;
  /** Folder or npm package of the encoder. */
  readonly model: string;
  readonly dataDir?: string;
  readonly backend?: NonNullable<CommonOptions['backend']>;
  readonly protocol: Protocol;
  readonly adapter?: string;
  readonly fusion?: string;
  readonly head?: object;
  /** How classification heads start. Default `random`, with two layers, as the reference. */
  readonly headStart?: HeadStart;
  readonly settings?: FileSettings;
  readonly tasks: { readonly [name: string]: TaskEntry };
  /** What is mixed: adapters trained on these tasks, or given ones. Default: all tasks. */
  readonly sources?: readonly (string | GivenAdapter)[];
  /** Tasks that the table has. Default: all. */
  readonly targets?: readonly string[];
  readonly strategies: readonly (string | StrategyEntry)[];
  readonly seeds: readonly number[];
  /** Seed of the other tasks' adapters; the cell's own by default. */
  readonly sourceSeed?: number;
  /** Default `["all"]`. */
  readonly budgets?: readonly Budget[];
  /** Share of the training rows that choices go by, where the protocol is `held-out`. Default 0.1. */
  readonly holdOut?: number;
  readonly search?: Search;
}

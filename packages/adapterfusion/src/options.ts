import type { AdapterFusionError, AnyConfigured, Files, LoopSettings } from '@adapterfusion/contracts';
import type { Registry } from '@adapterfusion/runtime';
import type { BackendName } from '@adapterfusion/tensor';
import type { Measured, MeasuredSplit } from './events.js';
import type { HeadStart } from './head-start.js';
import type { DataRows } from './memory-rows.js';

/** How far a piece of work is that is not training. */
export interface Progress {
  /** What is done: `download` (in bytes), `load`, `tokenize`, `features`, `predict`; `adapter` and
   * `selection` (in steps), what is trained for the table and for the choice of a method. */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** Of a download: bytes a second, and the seconds that the rest will take. */
  readonly rate?: number;
  readonly left?: number;
}

/** Options that everything here takes. */
export interface CommonOptions {
  /** What computes; `auto` takes the fastest there is. Default `auto`. */
  readonly backend?: BackendName | 'auto';
  /** Known plugins; this project's own by default. */
  readonly registry?: Registry;
  /** How files are reached; the platform's by default. */
  readonly files?: Files;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Told of what is odd but no error. */
  readonly onWarning?: (message: string) => void;
}

/** Which rows are read, and how. */
export interface DataOptions {
  /**
   * A task's id (`rte`), a configured dataset, the path of a file or folder of one's own, or rows in memory:
   * `{ train: [{ text, label }, …] }`.
   */
  readonly data: string | AnyConfigured<'dataset'> | DataRows;
  /** The folder that holds the task's files, or its address on the hub (`hub://datasets/org/name@revision/folder`); for a path, it is the path itself. A task whose rows npm installed needs none. */
  readonly dataDir?: string;
  /** Options of the dataset, for example which column is the text. */
  readonly dataOptions?: object;
  /**
   * The metric that methods are compared by, and that early stopping and the best epoch go by. Default: in tables macro F1
   * where the largest class has more than 60 % of the training rows or the smallest less than 10 %, else accuracy; after
   * epochs the dataset's first.
   */
  readonly metric?: string;
}

/** Options of everything that trains. */
export interface TrainingOptions extends CommonOptions, DataOptions {
  /** Folder of the encoder in the hub's layout, the npm package that holds it, or its id on the hub (`org/name@revision`). */
  readonly model: string;
  /** How many of the training rows are used: every class with its share, drawn with the settings' seed. Default: all. */
  readonly trainRows?: number;
  /** Measure the validation rows after every epoch, which early stopping and the best epoch go by. Default true. */
  readonly validate?: boolean;
  /**
   * Share of the training rows, every class with its own, that is held out and measured after every epoch in the place of
   * the validation split; drawn with the settings' seed. Default: none.
   */
  readonly holdOut?: number;
  /** On which rows the result is measured. Default `validation`, or `train` where there are no others. */
  readonly measureOn?: MeasuredSplit;
  /** Told what was answered on these rows, before the bundle is written. */
  readonly onMeasured?: (measured: Measured) => void;
  /**
   * A folder for the training rows as token ids: they are read from there, step by step, so that they need not fit into
   * memory (but for the 8,192 that a head is fitted to at most), and need not be tokenized again. Not with `trainRows` and `holdOut`. Default: they are kept in memory.
   */
  readonly cache?: string;
  /** Where the bundle is written. */
  readonly out: string;
  /** Take the place of a bundle that is there. Default false. */
  readonly overwrite?: boolean;
  /** Settings of the loop; the strategy's own where absent. */
  readonly settings?: Partial<LoopSettings>;
  /**
   * The head: options of the default one for the task; a name, with options where wanted (`classification[layers=2]`), also of
   * a head that an installed package declares; or a configured plugin, which is taken as it is. Without `pooling` it has that
   * of the encoder's `1_Pooling/config.json`, or else the head's default.
   */
  readonly head?: object | string | AnyConfigured<'head'>;
  /**
   * How a head with a closed form starts. `fitted`: one layer (unless `head` says otherwise), fitted in closed form to features
   * of the composition before the first step. `random`: random weights, two layers unless `head` says otherwise. Default
   * `fitted` where the encoder is frozen and the head has a closed form, else `random`.
   */
  readonly headStart?: HeadStart;
  /** Fit a head that has a closed form again once training has ended. Default false. */
  readonly refitHead?: boolean;
  /**
   * Data of others with the target's labels, each a path or the id of a task whose rows npm installed, read with the same data
   * options. Nothing is trained on them but reference lines of the table. Default: none.
   */
  readonly otherRows?: readonly string[];
  /** Go on with a checkpoint of another backend or configuration. Default false. */
  readonly force?: boolean;
  /** Told of a damaged checkpoint that was passed over. */
  readonly onDamage?: (warning: AdapterFusionError) => void;
}

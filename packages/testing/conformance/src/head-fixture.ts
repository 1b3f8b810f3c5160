import type {
  AnyConfigured,
  AnyTaskKind,
  BatchShape,
  Fields,
  Head,
  HeadContext,
  HostTargets,
  Params,
  Row,
  Tensor,
} from '@adapterfusion/contracts';
import { activate, dispose, mul, parameterRandom, reshape, slice, tensor } from '@adapterfusion/tensor';
import type { SuiteOptions } from './runner.js';
import { stirred } from './site-context.js';
import { noise } from './small-model.js';
import { smallTokenizer } from './small-tokenizer.js';

/** Rows with targets for a head, without their task kind. */
export interface TargetRows {
  /** How many encodings each row has, mostly 1. At least two rows. */
  readonly groups: readonly number[];
  /** Tokens of every encoding, one number per encoding. */
  readonly lengths: readonly number[];
  /** The targets of a batch of these rows, as the loss reads them. @param rows places of rows */
  collate(rows: readonly number[], shape: BatchShape): HostTargets;
  /** The classes of a row's target, as `TaskKind.classes` returns them; absent where class weights are refused. */
  classes?(row: number): readonly number[];
}

/** Examples of a task kind, the targets of which a head learns. */
export interface TargetExamples {
  readonly taskKind: AnyConfigured<'task'>;
  /** Fields of at least two rows with targets, of different targets. */
  readonly examples: readonly Fields[];
}

/** Options of {@link testHead}. */
export interface HeadSuiteOptions extends SuiteOptions {
  /** Names of the labels; none by default. */
  readonly labels?: readonly string[];
  readonly targets: TargetRows | TargetExamples;
}

export const HIDDEN = 8;
const MAX_LENGTH = 16;
/** Rows for a fit: the rows of the suite, repeated with other noise. */
const REPEATS = 8;

/** A head with rows, features and targets to test it on. */
export class HeadFixture {
  readonly #configured: AnyConfigured<'head'>;
  readonly context: HeadContext;
  readonly rows: TargetRows;

  constructor(configured: AnyConfigured<'head'>, { labels = [], targets }: HeadSuiteOptions) {
    this.#configured = configured;
    this.context = { hidden: HIDDEN, labels: labels.length, dropout: 0.4 };
    this.rows = 'taskKind' in targets ? rowsOf(targets.taskKind.create({ labels }), targets.examples) : targets;
  }

  create(): Head {
    return this.#configured.create(this.context);
  }

  /** Runs with parameters that hide nothing, and frees them. */
  async withParams(body: (head: Head, params: Params) => Promise<void>): Promise<void> {
    const head = this.create();
    const params = stirred(head.init(parameterRandom(1, 'head')));
    try {
      await body(head, params);
    } finally {
      dispose(params);
    }
  }

  get all(): number[] {
    return [...this.rows.groups.keys()];
  }

  get time(): number {
    return Math.max(...this.rows.lengths);
  }

  /** Places of the encodings of rows. */
  inputsOf(rows: readonly number[]): number[] {
    const { groups } = this.rows;
    return rows.flatMap((row) => {
      const before = groups.slice(0, row).reduce((sum, each) => sum + each, 0);
      return Array.from({ length: groups[row]! }, (_, at) => before + at);
    });
  }

  targets(rows: readonly number[], time = this.time): HostTargets {
    return this.rows.collate(rows, { groups: rows.map((row) => this.rows.groups[row]!), time });
  }

  /** Hidden states and mask of rows; the caller's. @param junk chooses the values at padding */
  states(rows: readonly number[], time = this.time, junk = 0): { hidden: Tensor; mask: Tensor } {
    const inputs = this.inputsOf(rows);
    const hidden = new Float32Array(inputs.length * time * HIDDEN);
    const mask = new Float32Array(inputs.length * time);
    inputs.forEach((input, place) => {
      for (let token = 0; token < time; token++) {
        const there = token < this.rows.lengths[input]!;
        mask[place * time + token] = there ? 1 : 0;
        const values = noise(HIDDEN, there ? 3 + 7 * input + token : 101 + junk + 5 * token);
        hidden.set(values, (place * time + token) * HIDDEN);
      }
    });
    return { hidden: tensor(hidden, [inputs.length, time, HIDDEN]), mask: tensor(mask, [inputs.length, time]) };
  }

  /** The features that `forward` reads; called in a scope. */
  features(head: Head, rows: readonly number[], time = this.time, junk = 0): Tensor {
    const { hidden, mask } = this.states(rows, time, junk);
    return head.pool ? head.pool({ hidden, mask, pooled: () => pooledOf(hidden) }) : hidden;
  }

  /** Pooled features for a fit: each row of the suite several times, with noise. */
  many(): { features: Float32Array; shape: readonly [number, number]; targets: HostTargets; rows: number[] } {
    const rows = Array.from({ length: REPEATS }, () => this.all).flat();
    const inputs = this.inputsOf(rows);
    const features = new Float32Array(inputs.length * HIDDEN);
    inputs.forEach((input, place) => {
      const [signal, other] = [noise(HIDDEN, 3 + 7 * input), noise(HIDDEN, 211 + 3 * place)];
      features.set(
        signal.map((value, index) => value + 0.2 * other[index]!),
        place * HIDDEN,
      );
    });
    return { features, shape: [inputs.length, HIDDEN], targets: this.targets(rows), rows };
  }
}

/** A backbone's pooler: a function of the first token. */
export function pooledOf(hidden: Tensor): Tensor {
  const inputs = hidden.shape[0]!;
  return activate('tanh', mul(reshape(slice(hidden, 1, 0, 1), [inputs, HIDDEN]), 1.5));
}

function rowsOf(kind: AnyTaskKind, examples: readonly Fields[]): TargetRows {
  const rows = examples.flatMap(
    (fields, index): readonly Row[] =>
      kind.encode(kind.parse(fields, `examples:${index + 1}`), smallTokenizer, { maxLength: MAX_LENGTH }) as Row[],
  );
  const targets = rows.map(({ target }) => target);
  const { classes } = kind;
  return {
    groups: rows.map(({ group }) => group.length),
    lengths: rows.flatMap(({ group }) => group.map(({ ids }) => ids.length)),
    collate: (places, shape) =>
      kind.collate(
        places.map((place) => targets[place]),
        shape,
      ),
    ...(classes ? { classes: (row: number) => classes(targets[row]) } : {}),
  };
}

import type {
  AnyConfigured,
  AnyTaskKind,
  ErrorCode,
  Example,
  Fields,
  Head,
  HostTargets,
  Row,
  RowOutput,
  TaskTokenizer,
} from '@adapterfusion/contracts';
import { dispose, gradients, read, tensor } from '@adapterfusion/tensor';
import type { SuiteOptions } from './runner.js';
import { noise } from './small-model.js';
import { smallTokenizer } from './small-tokenizer.js';

/** Fields that a task kind refuses. */
export interface BrokenFields {
  /** Where the fields are wrong: `a label that is not declared`. */
  readonly what: string;
  readonly fields: Fields;
  /** Default DATA_INVALID */
  readonly code?: ErrorCode;
}

/** Options of {@link testTaskKind}. */
export interface TaskSuiteOptions extends SuiteOptions {
  /** Fields of at least three rows with targets, as they are read from a file; among them different targets. */
  readonly examples: readonly Fields[];
  /** Names of the labels; none by default. */
  readonly labels?: readonly string[];
  /** The default head of the kind, or another one whose loss reads the kind's targets. */
  readonly head: AnyConfigured<'head'>;
  readonly broken?: readonly BrokenFields[];
  /** By name, the smallest and the largest value of a metric. Default: −1 to 1 where higher is better, 0 to any otherwise. */
  readonly bounds?: { readonly [metric: string]: readonly [least: number, most: number] };
  /** Default: WordPiece with tokens of at most four characters. */
  readonly tokenizer?: TaskTokenizer;
}

const MAX_LENGTH = 48;
const STEPS = 120;
const RATE = 0.4;

/** An example with its rows and target. */
export interface Encoded {
  readonly example: Example;
  readonly target: unknown;
  readonly rows: readonly Row[];
}

/** A task kind with examples to test it on. */
export class TaskFixture {
  readonly kind: AnyTaskKind;
  readonly head: Head;
  readonly labels: readonly string[];
  readonly #options: TaskSuiteOptions;

  constructor(configured: AnyConfigured<'task'>, options: TaskSuiteOptions) {
    this.#options = options;
    this.labels = options.labels ?? [];
    this.kind = configured.create({ labels: this.labels });
    this.head = options.head.create({ hidden: 4, labels: this.labels.length, dropout: 0 });
  }

  encode(example: Example, maxLength = MAX_LENGTH): readonly Row[] {
    return this.kind.encode(example, this.#options.tokenizer ?? smallTokenizer, { maxLength }) as readonly Row[];
  }

  parsed(): Example[] {
    return this.#options.examples.map((fields, at) => this.kind.parse(fields, `examples:${at + 1}`) as Example);
  }

  encoded(): Encoded[] {
    return this.parsed().map((example) => ({
      example,
      target: this.kind.target(example) as unknown,
      rows: this.encode(example),
    }));
  }

  /** The outputs of a head for the rows of an example, as a batch of all rows is padded. */
  outputs(rows: readonly Row[], value: (index: number) => number): RowOutput[] {
    const time = timeOf(rows);
    let next = 0;
    return rows.map(({ group }) => {
      const shape = this.#shape(group.length, time);
      const size = shape.reduce((product, each) => product * each, 1);
      return { values: Float32Array.from({ length: size }, () => value(next++)), shape };
    });
  }

  /** Outputs that have almost no loss: what a model would give that has learned the rows. */
  async learned(rows: readonly Row[]): Promise<RowOutput[]> {
    const time = timeOf(rows);
    const groups = rows.map(({ group }) => group.length);
    const inputs = groups.reduce((sum, each) => sum + each, 0);
    const targets = this.kind.collate(
      rows.map(({ target }) => target),
      { groups, time },
    );
    const values = await descend(this.head, this.#shape(inputs, time), targets);
    const size = values.length / inputs;
    let input = 0;
    return groups.map((count) => {
      const own = values.slice(input * size, (input + count) * size);
      input += count;
      return { values: own, shape: this.#shape(count, time) };
    });
  }

  #shape(inputs: number, time: number): number[] {
    return this.head.pool ? [inputs, this.head.outputs] : [inputs, time, this.head.outputs];
  }
}

export const timeOf = (rows: readonly Row[]): number =>
  Math.max(...rows.flatMap(({ group }) => group.map(({ ids }) => ids.length)));

/** Adam on the outputs themselves, with the loss of the head; the rate falls to 0. */
async function descend(head: Head, shape: readonly number[], targets: HostTargets): Promise<Float32Array> {
  const size = shape.reduce((product, each) => product * each, 1);
  const values = noise(size, 5).map((value) => 0.1 * value);
  const [first, second] = [new Float64Array(size), new Float64Array(size)];
  for (let step = 1; step <= STEPS; step++) {
    const outputs = tensor(values, shape);
    const found = gradients(() => head.loss(outputs, targets), new Map([['outputs', outputs]]));
    const gradient = Float32Array.from(await read(found.gradients.get('outputs')!));
    dispose([outputs, found.value, ...found.gradients.values()]);
    const rate = RATE * (1 - (step - 1) / STEPS);
    gradient.forEach((each, at) => {
      first[at] = 0.9 * first[at]! + 0.1 * each;
      second[at] = 0.99 * second[at]! + 0.01 * each * each;
      const mean = first[at] / (1 - 0.9 ** step);
      values[at]! -= (rate * mean) / (Math.sqrt(second[at] / (1 - 0.99 ** step)) + 1e-9);
    });
  }
  return values;
}

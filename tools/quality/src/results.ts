import { AdapterFusionError, type Files } from '@adapterfusion/contracts';

/** What was measured: equal ones give equal results. */
export interface Cell {
  readonly strategy: string;
  readonly task: string;
  readonly seed: number;
  /** SHA-256 of the encoder's weights. */
  readonly encoder: string;
  /** Everything else that the run was given. */
  readonly options: object;
}

/** A line of `results.jsonl`. */
export interface Result extends Cell {
  readonly metrics: { readonly [name: string]: number };
  /** Rows trained on, and measured on after the last epoch. */
  readonly rows: { readonly train: number; readonly measured: number };
  readonly trainable: number;
  /** Parameters that the bundle holds. */
  readonly stored: number;
  /** Of training. */
  readonly seconds: number;
}

/** The results of a folder, written whole with each one more. */
export class Results {
  readonly #files: Files;
  readonly #path: string;
  readonly #held: Result[];

  private constructor(files: Files, path: string, held: Result[]) {
    this.#files = files;
    this.#path = path;
    this.#held = held;
  }

  /** Reads what is there. @throws DATA_INVALID with the line for one that is no result */
  static async open(files: Files, folder: string): Promise<Results> {
    const path = files.join(folder, 'results.jsonl');
    if ((await files.kind(path)) === undefined) return new Results(files, path, []);
    const lines = new TextDecoder().decode(await files.read(path)).split('\n');
    const held = lines.flatMap((line, index) => (line.trim() === '' ? [] : [parse(line, `${path}:${index + 1}`)]));
    return new Results(files, path, held);
  }

  get all(): readonly Result[] {
    return this.#held;
  }

  /** The result of a cell, where it was measured before. */
  of(cell: Cell): Result | undefined {
    const wanted = keyOf(cell);
    return this.#held.find((each) => keyOf(each) === wanted);
  }

  async add(result: Result): Promise<void> {
    this.#held.push(result);
    const text = this.#held.map((each) => `${JSON.stringify(each)}\n`).join('');
    await this.#files.write(this.#path, new TextEncoder().encode(text));
  }
}

const keyOf = ({ strategy, task, seed, encoder, options }: Cell): string =>
  JSON.stringify([strategy, task, seed, encoder, options]);

function parse(line: string, at: string): Result {
  let value: Partial<Result> | null;
  try {
    value = JSON.parse(line) as Partial<Result> | null;
  } catch {
    value = null;
  }
  if (value?.metrics && typeof value.task === 'string' && typeof value.strategy === 'string') return value as Result;
  throw new AdapterFusionError('DATA_INVALID', {
    at,
    expected: 'a result, an object with strategy, task, seed and metrics',
    got: line.slice(0, 60),
    fix: 'Remove the line: the cell is measured again.',
  });
}

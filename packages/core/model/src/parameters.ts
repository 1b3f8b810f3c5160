import { AdapterFusionError, type Params, type Tensor } from '@adapterfusion/contracts';
import { assign, checkFits, parameter, read, setTrainable, tensor } from '@adapterfusion/tensor';

/** Values of a stored tensor. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Compares stored values with what is asked for.
 * @throws TENSORS_INVALID listing what is missing, unexpected or misshapen
 */
export function checkValues(
  at: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  values: ReadonlyMap<string, Values>,
): void {
  const problems = [
    ...[...shapes.keys()].filter((name) => !values.has(name)).map((name) => `${name} is missing`),
    ...[...values.keys()].filter((name) => !shapes.has(name)).map((name) => `${name} is unexpected`),
    ...[...shapes].flatMap(([name, shape]) => {
      const stored = values.get(name);
      return stored && stored.shape.join() !== shape.join()
        ? [`${name} is [${stored.shape.join(', ')}] instead of [${shape.join(', ')}]`]
        : [];
    }),
  ];
  if (problems.length === 0) return;
  throw new AdapterFusionError('TENSORS_INVALID', {
    at,
    expected: `${shapes.size} tensors that fit the options and the encoder`,
    got: problems.slice(0, 5).join('; ') + (problems.length > 5 ? `; and ${problems.length - 5} more` : ''),
    fix: 'Use the options and the encoder that it was trained with.',
  });
}

/** A model's learned tensors by path. Owns them. */
export class ParameterSet {
  readonly #tensors = new Map<string, Tensor>();
  #trains = new Set<string>();
  #version = 0;

  /** Grows whenever frozen values may have changed: what was prepared from them is stale. */
  get version(): number {
    return this.#version;
  }

  /** Paths, sorted. */
  paths(): readonly string[] {
    return [...this.#tensors.keys()].sort();
  }

  has(path: string): boolean {
    return this.#tensors.has(path);
  }

  /** The parameter itself, which keeps its identity. @throws TENSORS_INVALID when there is none */
  get(path: string): Tensor {
    const found = this.#tensors.get(path);
    if (found) return found;
    throw new AdapterFusionError('TENSORS_INVALID', {
      expected: 'the path of a parameter',
      got: JSON.stringify(path),
      fix: 'List the paths with parameters.paths().',
    });
  }

  /**
   * Adds parameters under `prefix/`, frozen. Takes the given tensors over.
   * @returns them by the same names
   * @throws BACKEND_LIMIT for one that is larger than the open backend takes
   */
  add(prefix: string, tensors: Params): Params {
    for (const [name, { shape }] of Object.entries(tensors))
      checkFits(shape, prefix === '' ? name : `${prefix}/${name}`);
    this.#version++;
    return Object.fromEntries(
      Object.entries(tensors).map(([name, given]) => {
        const made = parameter(given);
        given.dispose();
        this.#tensors.set(prefix === '' ? name : `${prefix}/${name}`, made);
        return [name, made];
      }),
    );
  }

  /** Frees and forgets all parameters under `prefix/`. */
  remove(prefix: string): void {
    this.#version++;
    for (const path of this.paths()) if (path.startsWith(`${prefix}/`)) this.drop(path);
  }

  /** Frees and forgets a parameter. @throws TENSORS_INVALID when there is none */
  drop(path: string): void {
    this.#version++;
    this.get(path).dispose();
    this.#tensors.delete(path);
    this.#trains.delete(path);
  }

  /** Marks what trains; everything else is frozen: no gradient, no optimiser state. */
  setTrainable(trains: (path: string) => boolean): void {
    this.#version++;
    this.#trains = new Set(this.paths().filter(trains));
    for (const [path, held] of this.#tensors) setTrainable(held, this.#trains.has(path));
  }

  /** The parameters that train, sorted by path. */
  trainable(): ReadonlyMap<string, Tensor> {
    return new Map([...this.#trains].sort().map((path) => [path, this.get(path)]));
  }

  /** Gives a parameter new values. @throws TENSORS_INVALID for another shape */
  set(path: string, values: Values): void {
    const target = this.get(path);
    if (target.shape.join() !== values.shape.join())
      throw new AdapterFusionError('TENSORS_INVALID', {
        at: path,
        expected: `shape [${target.shape.join(', ')}]`,
        got: `[${values.shape.join(', ')}]`,
        fix: 'Use values that were saved from the same configuration.',
      });
    this.#version++;
    const made = tensor(values.data, values.shape);
    assign(target, made);
    made.dispose();
  }

  /** Gives all parameters under `prefix/` new values, by path without it. @throws TENSORS_INVALID as {@link checkValues} */
  fill(prefix: string, values: ReadonlyMap<string, Values>): void {
    const paths = this.paths().filter((path) => path.startsWith(`${prefix}/`));
    checkValues(prefix, new Map(paths.map((path) => [path.slice(prefix.length + 1), this.get(path).shape])), values);
    for (const [path, each] of values) this.set(`${prefix}/${path}`, each);
  }

  /** The values of all parameters under `prefix/`, by path without it. */
  async values(prefix: string): Promise<Map<string, Values>> {
    const result = new Map<string, Values>();
    for (const path of this.paths()) {
      if (!path.startsWith(prefix === '' ? '' : `${prefix}/`)) continue;
      const held = this.get(path);
      result.set(prefix === '' ? path : path.slice(prefix.length + 1), {
        shape: [...held.shape],
        data: await read(held),
      });
    }
    return result;
  }

  /** How many numbers the parameters hold whose paths `matches` accepts; by default all. */
  count(matches: (path: string) => boolean = () => true): number {
    return this.paths().reduce((sum, path) => sum + (matches(path) ? this.get(path).size : 0), 0);
  }

  /** Frees and forgets all parameters. */
  dispose(): void {
    for (const held of this.#tensors.values()) held.dispose();
    this.#tensors.clear();
    this.#trains.clear();
  }
}

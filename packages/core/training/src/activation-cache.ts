import { AdapterFusionError, type HostBatch, type Tensor } from '@adapterfusion/contracts';
import { read, tensor } from '@adapterfusion/tensor';
import { pad } from '@adapterfusion/text';
import type { TrainLoopOptions } from './loop-options.js';
import type { Plan } from './plan.js';
import { lengthsOf, rowsAt } from './stored-rows.js';

const MEBIBYTE = 2 ** 20;

/** What the frozen layers give for a row: of each of its inputs `[tokens, width]`, or `[1, width]` where only the first is read. */
type States = readonly Float32Array[];

/**
 * What the layers below everything that trains make of the rows of a task, kept from epoch to epoch within a stated memory. A
 * row's numbers are those that it had in its batch of the first epoch, also in a run that was taken up later: the same bits.
 * Rows are kept in the order of the first epoch, as far as they fit; a batch with one that is not kept is run every time.
 */
export class ActivationCache {
  /** How many layers it stands for. */
  readonly layers: number;
  readonly #options: TrainLoopOptions;
  readonly #kept = new Map<number, States>();
  /** The batch of the first epoch of each row that is to be kept. */
  readonly #places = new Map<number, readonly number[]>();
  #width = 0;
  /** Whether the frozen layers give the first token only. */
  #first = false;

  /**
   * Makes a cache where `settings.activationCache` asks for one; runs the first batch.
   * @throws OPTIONS_INVALID where something trains in the lowest layer or below, of several tasks, and where steps leave layers or
   * children out
   */
  static async open(options: TrainLoopOptions, plan: Plan): Promise<ActivationCache | undefined> {
    const { model, tasks, phase } = options;
    const { activationCache } = phase.settings;
    if (activationCache === 0) return undefined;
    const layers = model.frozenLayers?.(tasks[0]!.composition) ?? 0;
    const wrong = [
      ...(layers === 0 ? ['parameters that train in the lowest layer or below it'] : []),
      ...(tasks.length > 1 ? [`${tasks.length} tasks`] : []),
      ...(phase.exclusions ? ['steps that leave layers or children out'] : []),
    ];
    if (wrong.length > 0)
      throw new AdapterFusionError('OPTIONS_INVALID', {
        at: 'settings.activationCache',
        expected: '0, or one task with frozen lower layers',
        got: `${activationCache} with ${wrong.join(' and ')}`,
        fix: 'Remove the setting, or freeze lower layers (leave_out).',
      });
    const cache = new ActivationCache(options, layers);
    await cache.#begin(plan, activationCache * MEBIBYTE);
    return cache;
  }

  private constructor(options: TrainLoopOptions, layers: number) {
    this.#options = options;
    this.layers = layers;
  }

  /** How many rows are kept, or will be. */
  get rows(): number {
    return this.#places.size;
  }

  /**
   * What the frozen layers make of a batch of these rows.
   * @returns `[inputs, time, width]`, or `[inputs, 1, width]` where only the first token is read; the caller's
   */
  async of(indices: readonly number[], batch: HostBatch): Promise<Tensor> {
    if (!indices.every((row) => this.#places.has(row))) return this.#activations(batch);
    for (const row of indices) if (!this.#kept.has(row)) await this.#keep(this.#places.get(row)!);
    const [inputs, time] = [batch.shape[0], this.#first ? 1 : batch.shape[1]];
    const values = new Float32Array(inputs * time * this.#width);
    indices
      .flatMap((row) => this.#kept.get(row)!)
      .forEach((states, input) => values.set(states, input * time * this.#width));
    return tensor(values, [inputs, time, this.#width]);
  }

  /** Runs the first batch, which tells how much a row takes, and decides which rows are kept. */
  async #begin(plan: Plan, room: number): Promise<void> {
    const batches = Array.from({ length: plan.stepsPerEpoch }, (_, step) => plan.at(step).microBatches).flat();
    const inputs = await this.#keep(batches[0]!);
    const perRow = (4 * this.#width * inputs) / batches[0]!.length;
    const lengths = lengthsOf(this.#options.tasks[0]!.rows);
    let left = room;
    for (const batch of batches)
      for (const row of batch) {
        left -= perRow * (this.#first ? 1 : lengths[row]!);
        if (left >= 0) this.#places.set(row, batch);
      }
    for (const row of batches[0]!) if (!this.#places.has(row)) this.#kept.delete(row);
  }

  /** Runs a batch and keeps what it gives. @returns how many inputs it has */
  async #keep(indices: readonly number[]): Promise<number> {
    const rows = await rowsAt(this.#options.tasks[0]!.rows, indices);
    const batch = pad(rows, { padId: this.#options.padId ?? 0 });
    const made = this.#activations(batch);
    const [inputs, time, width] = made.shape as [number, number, number];
    const values = await read(made);
    made.dispose();
    [this.#width, this.#first] = [width, time < batch.shape[1]];
    let start = 0;
    for (const [place, row] of rows.entries()) {
      const states = row.group.map(({ ids }) => {
        const from = start * width;
        start += time;
        return values.slice(from, from + Math.min(time, ids.length) * width);
      });
      this.#kept.set(indices[place]!, states);
    }
    return inputs;
  }

  #activations(batch: HostBatch): Tensor {
    const { model, tasks } = this.#options;
    const { head, composition, enter } = tasks[0]!;
    enter?.();
    return model.activations!(batch, { head, composition });
  }
}

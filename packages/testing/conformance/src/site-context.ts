import type { Params, Site, SiteContext, Tensor, TrainMode } from '@adapterfusion/contracts';
import { add, clone, dispose, layerNorm, read, tensor } from '@adapterfusion/tensor';
import { BATCH, noise } from './small-model.js';

/** A site's tensors with the numbers that they hold. The caller disposes of them. */
export class MadeSite {
  readonly ctx: SiteContext;
  readonly #tensors = new Map<string, Tensor>();
  readonly #values = new Map<string, Float32Array>();

  /**
   * @param changed whether another adapter has changed the running value before
   * @param first whether the first token of every row is all there is
   */
  constructor(
    site: Site,
    options: { readonly train?: TrainMode; readonly changed?: boolean; readonly first?: boolean } = {},
  ) {
    const [batch, tokens] = BATCH.shape;
    const time = options.first ? 1 : tokens;
    const make = (name: string, values: Float32Array, shape: readonly number[]): Tensor => {
      const made = tensor(values, shape);
      this.#tensors.set(name, made);
      this.#values.set(name, Float32Array.from(values));
      return made;
    };
    const states = (name: string, width: number, seed: number): Tensor =>
      make(name, firstOf(noise(batch * tokens * width, seed), tokens, time, width), [batch, time, width]);
    const y = states('y', site.outDim, 2);
    const base = {
      site: { ...site },
      scopeName: `adapters/x/${site.name}`,
      y,
      h: options.changed ? states('h', site.outDim, 3) : y,
      mask: make('mask', firstOf(BATCH.mask, tokens, time, 1), [batch, time]),
      batch,
      time,
      ...(options.train ? { train: options.train } : {}),
    };
    if (site.role === 'sublayer') {
      const residual = states('residual', site.outDim, 4);
      const [gain, shift] = [noise(site.outDim, 5), noise(site.outDim, 6)];
      const g = make(
        'gain',
        gain.map((value) => 1 + value / 4),
        [site.outDim],
      );
      const s = make('shift', shift, [site.outDim]);
      const norm = (value: Tensor): Tensor => layerNorm(value, g, s, 1e-12);
      const sum = add(y, residual);
      const normed = norm(sum);
      sum.dispose();
      this.#tensors.set('normed', normed);
      this.ctx = { ...base, x: residual, residual, norm, normed: () => normed };
    } else this.ctx = { ...base, x: states('x', site.inDim, 1), normed: () => y };
  }

  /** Names of tensors that are not what they were. */
  async changed(): Promise<string[]> {
    return changedOf(this.#values, this.#tensors);
  }

  dispose(): void {
    dispose(this.#tensors.values());
  }
}

/** Of rows of tokens the first ones of each. */
export const firstOf = (values: Float32Array, tokens: number, kept: number, width: number): Float32Array =>
  values.filter((_, index) => Math.floor(index / width) % tokens < kept);

/** Names of the tensors whose values are others, or that are gone. */
export async function changedOf(
  values: ReadonlyMap<string, Float32Array>,
  tensors: ReadonlyMap<string, Tensor>,
): Promise<string[]> {
  const changed: string[] = [];
  for (const [name, before] of values)
    try {
      const now = await read(tensors.get(name)!);
      if (now.some((value, index) => value !== before[index])) changed.push(name);
    } catch {
      changed.push(name);
    }
  return changed;
}

/** Parameters of the same shapes, stirred. Takes the given ones over. */
export function stirred(params: Params): Params {
  const made = Object.entries(params).map(([name, { shape, size }], index): [string, Tensor] => [
    name,
    tensor(
      noise(size, index + 11).map((value) => 0.5 * value + 0.1),
      shape,
    ),
  ]);
  dispose(params);
  return Object.fromEntries(made);
}

/** The same tensors under new identities. */
export const copies = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).map(([name, each]) => [name, clone(each)]));

import type { Prepared, Tensor } from '@adapterfusion/contracts';
import { constant } from './create.js';
import type { FactorStack } from './factor-stack.js';
import { keep } from './scope.js';

/** Stacks of frozen factors, by which child reads which input; made on first use and kept as constants. */
export class StackCache<S extends FactorStack> implements Prepared {
  readonly #stacks = new Map<string, S>();

  /**
   * @param folded whether the stacks have the fusion's own parameters folded in
   * @param extra the tensors of a stack beside `groups` and `out`
   */
  constructor(
    readonly folded: boolean,
    readonly extra: (stack: S) => readonly Tensor[] = () => [],
  ) {}

  /** @param make called where the cache has no stack of that signature; the cache takes its tensors over */
  of(signature: string, make: () => S): S {
    const held = this.#stacks.get(signature);
    if (held) return held;
    const made = make();
    for (const each of this.#tensorsOf(made)) constant(keep(each));
    this.#stacks.set(signature, made);
    return made;
  }

  dispose(): void {
    for (const stack of this.#stacks.values()) for (const each of this.#tensorsOf(stack)) each.dispose();
    this.#stacks.clear();
  }

  #tensorsOf(stack: S): Tensor[] {
    return [...stack.groups.flatMap(({ down, downBias }) => [down, downBias]), stack.out, ...this.extra(stack)];
  }
}

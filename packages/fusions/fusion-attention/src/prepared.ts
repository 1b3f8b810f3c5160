import type { Prepared, Tensor } from '@adapterfusion/contracts';
import { constant, keep } from '@adapterfusion/tensor';
import type { Stack } from './stack.js';

/** Stacks by which child reads which input, made on first use and kept as constants. */
export class PreparedStacks implements Prepared {
  readonly #stacks = new Map<string, Stack>();

  /** @param folded whether the fusion's own projections are folded in */
  constructor(readonly folded: boolean) {}

  /** @param make called where there is none of that signature; its tensors are taken over */
  of(signature: string, make: () => Stack): Stack {
    const held = this.#stacks.get(signature);
    if (held) return held;
    const made = make();
    for (const each of tensorsOf(made)) constant(keep(each));
    this.#stacks.set(signature, made);
    return made;
  }

  dispose(): void {
    for (const stack of this.#stacks.values()) for (const each of tensorsOf(stack)) each.dispose();
    this.#stacks.clear();
  }
}

function tensorsOf({ groups, out, scores }: Stack): Tensor[] {
  const bias = scores.bias ? [scores.bias] : [];
  return [...groups.flatMap(({ down, downBias }) => [down, downBias]), out, scores.weight, ...bias];
}

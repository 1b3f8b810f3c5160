import type { MixContext, Tensor } from '@adapterfusion/contracts';
import { add, div, dropout, mul, softmax } from '@adapterfusion/tensor';
import type { AttentionOptions } from './options.js';

/** Logits of children that a mask leaves out move this far down: their weight is exactly 0. */
const FAR = 1e30;

/** The softmax over the children: dropout and temperature while training, masked children left out. */
export function weigh(logits: Tensor, options: AttentionOptions, probability: number, ctx: MixContext): Tensor {
  const temperature = options.temperature && ctx.train ? Math.max(1, 50 - 0.05 * ctx.train.key.step) : 1;
  const dropped = dropout(logits, probability, ctx.train, `${ctx.scopeName}/logits`);
  const cooled = temperature === 1 ? dropped : div(dropped, temperature);
  return softmax(ctx.childMask ? add(cooled, mul(add(ctx.childMask, -1), FAR)) : cooled);
}

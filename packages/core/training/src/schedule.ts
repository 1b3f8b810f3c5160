/**
 * The learning rate's factor at a step: a linear rise from 0 over the first `floor(warmup · steps)` steps, then a linear
 * fall to 0 (`get_linear_schedule_with_warmup` of Hugging Face transformers).
 * @param step counted from 0  @param steps all steps of the phase  @param warmup share of all steps, 0 to 1
 */
export function scheduleFactor(step: number, steps: number, warmup: number): number {
  const warm = Math.floor(warmup * steps);
  if (step < warm) return step / warm;
  return Math.max(0, (steps - step) / Math.max(1, steps - warm));
}

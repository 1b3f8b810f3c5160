import type { LoopSettings } from '@adapterfusion/contracts';

/**
 * The learning rate's factor at a step: a linear rise from 0 over the first `floor(warmup · steps)` steps, then the schedule
 * (`get_linear_schedule_with_warmup`, `get_cosine_schedule_with_warmup` with half a period and
 * `get_constant_schedule_with_warmup` of Hugging Face transformers).
 * @param step counted from 0  @param steps all steps of the phase
 */
export function scheduleFactor(
  { schedule, warmup }: Pick<LoopSettings, 'schedule' | 'warmup'>,
  step: number,
  steps: number,
): number {
  const warm = Math.floor(warmup * steps);
  if (step < warm) return step / warm;
  if (schedule === 'constant') return 1;
  const rest = Math.max(1, steps - warm);
  if (schedule === 'cosine') return (1 + Math.cos((Math.PI * (step - warm)) / rest)) / 2;
  return Math.max(0, (steps - step) / rest);
}

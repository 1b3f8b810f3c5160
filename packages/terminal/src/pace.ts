import type { RunEvent } from 'adapterfusion';

type Step = Extract<RunEvent, { type: 'step' }>;

const WINDOW = 20;

/** Speed over the last steps, and the time that the rest will take. */
export class Pace {
  readonly #steps: { rows: number; seconds: number }[] = [];

  /** Words for a progress line: `epoch 2, loss 0.5321, 120 rows/s, 1:05 left`. */
  add({ rows, seconds, step, steps, epoch, loss }: Step): string {
    this.#steps.push({ rows, seconds });
    if (this.#steps.length > WINDOW) this.#steps.shift();
    const time = this.#steps.reduce((sum, each) => sum + each.seconds, 0);
    const rate = this.#steps.reduce((sum, each) => sum + each.rows, 0) / time;
    const left = ((steps - step) * time) / this.#steps.length;
    return `epoch ${epoch}, loss ${loss.toFixed(4)}, ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} rows/s, ${clock(left)} left`;
  }
}

/** `m:ss`, or `h:mm:ss`. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

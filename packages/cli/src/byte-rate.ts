import { clock } from '@adapterfusion/terminal';

/** Bytes as whole megabytes. */
export const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

/** How fast bytes come, and how long the rest will take. */
export class ByteRate {
  #step = -1;
  #first = { done: 0, at: 0 };

  /** Words for a progress line: `12.3 MB/s, 0:20 left`; none before there is a rate. */
  words(step: number, done: number, total: number, now = performance.now()): string {
    if (step !== this.#step) {
      this.#step = step;
      this.#first = { done, at: now };
    }
    const seconds = (now - this.#first.at) / 1000;
    const rate = (done - this.#first.done) / seconds;
    if (!(seconds > 0) || !(rate > 0)) return '';
    return `${(rate / 1e6).toFixed(1)} MB/s, ${clock((total - done) / rate)} left`;
  }
}

import type { InstallProgress } from './install.js';

/** Told how many bytes of a step are done. */
export type OnBytes = (done: number, total: number) => void;

/** Passes on what a step tells, not more than four times a second, and its end always. */
export function throttle(
  tell: ((progress: InstallProgress) => void) | undefined,
  step: number,
  message: string,
): OnBytes {
  let last = -Infinity;
  return (done, total) => {
    const now = performance.now();
    if (done < total && now - last < 250) return;
    last = now;
    tell?.({ step, message, done, total });
  };
}

import type { Run } from './plan.js';
import type { Schedule } from './schedule.js';

/** Seconds until a schedule is done at so many places, each run taking the seconds that are given. */
export function durationOf(schedule: Schedule, count: number, secondsOf: (run: Run) => number): number {
  const ends = new Map<Run, number>();
  for (let now = 0; ;) {
    for (let run; ends.size < count && (run = schedule.take(1000 * now)) !== undefined;)
      ends.set(run, now + secondsOf(run));
    const [next] = [...ends].sort(([, a], [, b]) => a - b);
    if (!next) return now;
    const [run, end] = next;
    now = end;
    ends.delete(run);
    schedule.settle(run);
  }
}

/** Says how far a piece of work is, at most every ten seconds: share, rate, time left. */
export function pace(report: (line: string) => void, what: string, unit: string, total: number, before = 0) {
  const begun = performance.now();
  let last = begun;
  return (done: number): void => {
    const now = performance.now();
    if (now - last < 10_000 && done < total) return;
    last = now;
    const rate = (done - before) / ((now - begun) / 1000);
    const left = (total - done) / rate;
    report(
      `${what}: ${done} of ${total} ${unit} (${((100 * done) / total).toFixed(1)} %), ` +
        `${rate.toFixed(0)} ${unit}/s, ${duration(left)} left`,
    );
  };
}

/** Seconds in words. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'unknown time';
  const minutes = Math.round(seconds / 60);
  if (minutes < 2) return `${Math.round(seconds)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

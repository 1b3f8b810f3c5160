import { count, metricsLine, RunView, type Output } from '@adapterfusion/terminal';
import type { ExperimentEvent } from '@adapterfusion/experiment';

/** Shows an experiment on its way; of several workers each line says whose it is. */
export class ExperimentView {
  readonly #output: Output;
  readonly #views = new Map<number | undefined, RunView>();
  #ended = 0;
  #runs = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  show(event: Exclude<ExperimentEvent, { type: 'finished' }>): void {
    if (event.type === 'plan') {
      const { cells, runs, done, workers } = event;
      [this.#ended, this.#runs] = [done, runs];
      const by = workers === undefined ? '' : `; ${count(workers)} ${workers === 1 ? 'worker' : 'workers'}`;
      this.#output.event(event, `${count(cells)} cells, ${count(runs)} runs, ${count(done)} of them done${by}`);
      return;
    }
    const tell = voiceOf(this.#output, event.worker);
    switch (event.type) {
      case 'event':
        if (event.event.type === 'saved' || event.event.type === 'table') return;
        return this.#viewOf(event.worker).show(event.event);
      case 'run':
        this.#views.delete(event.worker);
        return tell.event(event, `${event.index + 1} of ${event.runs}: ${event.label}`);
      case 'run-done': {
        const results = event.results.map(({ predictions: _, ...cell }) => cell);
        const words = event.results[0] ? metricsLine(event.results[0].metrics) : 'done';
        tell.event({ ...event, results }, `${event.label}: ${words}`);
        return this.#count(event.worker);
      }
      case 'run-failed':
        tell.event(event, `${event.label} failed: ${event.code}: ${event.message}`);
        return this.#count(event.worker);
      case 'run-held':
        return tell.event(event, `${event.label}: waiting for another process: ${event.message}`);
      case 'run-lost':
        return tell.event(event, `${event.label}: its process ended (${event.how}); it is tried once more, alone`);
    }
  }

  #viewOf(worker: number | undefined): RunView {
    const view = this.#views.get(worker) ?? new RunView(voiceOf(this.#output, worker));
    this.#views.set(worker, view);
    return view;
  }

  /** One of several bars at most: that of the runs. */
  #count(worker: number | undefined): void {
    this.#ended++;
    if (worker !== undefined) this.#output.progress('runs', this.#ended, this.#runs);
  }
}

/** What says things for a worker; of one alone the output itself. */
export function voiceOf(output: Output, worker: number | undefined): Pick<Output, 'event' | 'progress'> {
  if (worker === undefined) return output;
  return {
    event: (event, line) => output.event({ ...event, worker }, line === undefined ? undefined : `[${worker}] ${line}`),
    progress: () => undefined,
  };
}

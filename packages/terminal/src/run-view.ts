import type { RunEvent } from 'adapterfusion';
import type { Output } from './output.js';
import { Pace } from './pace.js';
import { count, metricsLine, percent } from './table.js';

type Shown = Exclude<RunEvent, { type: 'saved' | 'table' }>;

/** Shows a run on its way: a progress bar for the steps, a line for what matters. Results are for the caller. */
export class RunView {
  readonly #output: Pick<Output, 'event' | 'progress'>;
  readonly #pace = new Pace();

  constructor(output: Pick<Output, 'event' | 'progress'>) {
    this.#output = output;
  }

  show(event: Shown): void {
    if (event.type !== 'step') this.#output.event(event, lineOf(event));
    if (event.type === 'start') this.#output.progress(event.phase, event.resumedAt, event.steps);
    if (event.type !== 'step') return;
    this.#output.event(event);
    this.#output.progress(event.phase, event.step, event.steps, this.#pace.add(event));
  }
}

function lineOf(event: Exclude<Shown, { type: 'step' }>): string | undefined {
  switch (event.type) {
    case 'data': {
      const validation = event.validation > 0 ? `${count(event.validation)} to validate on` : 'none to validate on';
      const of = event.train < event.available ? ` of ${count(event.available)}` : '';
      const rows = `${count(event.train)}${of} rows to train on, ${validation}`;
      const answers = event.labels.length > 0 ? `labels ${event.labels.join(', ')}` : event.task;
      const { baseline } = event;
      const trivial = baseline ? `; ${baseline.name}: ${baseline.metric} ${percent(baseline.value)} %` : '';
      const unknown = event.unknownTokens ? `; unknown tokens: ${percent(event.unknownTokens)} %` : '';
      const pooling = event.pooling === undefined ? '' : `; pooling: ${event.pooling}`;
      return `${event.name}: ${rows}; ${answers}${trivial}${pooling}${unknown}`;
    }
    case 'start': {
      const from = event.resumedAt > 0 ? `, going on after step ${count(event.resumedAt)}` : '';
      const kept = event.activationCache
        ? `; what ${count(event.activationCache.layers)} frozen layers make of ${count(event.activationCache.rows)} of ${count(event.rows)} rows is kept`
        : '';
      return `${event.phase}: ${count(event.steps)} steps, ${count(event.trainable)} parameters to train${from}${kept}`;
    }
    case 'evaluation':
      return `${event.phase} epoch ${event.epoch}: ${metricsLine(event.metrics)}${event.best ? ', the best so far' : ''}`;
    case 'stage': {
      const first = (metrics: { readonly [name: string]: number }): string => percent(Object.values(metrics)[0]!);
      const tasks = Object.entries(event.metrics).map(([task, metrics]) => {
        const lost = event.forgetting[task];
        return `${task} ${first(metrics)} %${lost === undefined ? '' : ` (${percent(lost)} forgotten)`}`;
      });
      return `after ${event.task}: ${tasks.join(', ')}`;
    }
    case 'checkpoint':
      return undefined;
    case 'done':
      return event.interrupted
        ? `Interrupted after step ${event.steps}; a checkpoint is saved.`
        : `${event.phase}: done after ${event.epochs} ${event.epochs === 1 ? 'epoch' : 'epochs'}, ${event.seconds.toFixed(1)} s${event.stoppedEarly ? ', stopped early' : ''}`;
  }
}
